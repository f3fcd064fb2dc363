// A pipeline as a small picture: for cards and lists. Drawn at once, without the layout worker.

import { useMemo } from 'react'
import { arrangeQuick } from './arrange.ts'
import { turnPath } from './fold.ts'
import { type CanvasStage, buildGraph } from './model.ts'

export function MiniCanvas({ stages, className }: { stages: readonly CanvasStage[]; className?: string }) {
  const { graph, at } = useMemo(() => {
    const made = buildGraph(stages)
    return { graph: made, at: arrangeQuick(made) }
  }, [stages])
  if (stages.length === 0) return null
  const margin = 24
  return (
    <svg
      viewBox={`${-margin} ${-margin} ${at.width + margin * 2} ${at.height + margin * 2}`}
      preserveAspectRatio="xMidYMid meet"
      className={className}
      role="img"
      aria-label={`Picture of ${stages.length} stages`}
    >
      {[...at.frames].map(([id, frame]) => (
        <rect
          key={id}
          {...frame}
          rx={16}
          fill="none"
          stroke="var(--line2)"
          strokeWidth={1.5}
          strokeDasharray="6 5"
          vectorEffect="non-scaling-stroke"
        />
      ))}
      {graph.edges.map((edge) => {
        const target = at.stages.get(edge.target)
        const source = edge.fromFrame ? at.frames.get(edge.source) : at.stages.get(edge.source)
        const card = at.stages.get(edge.source)
        if (!source || !target || !card) return null
        const [x1, y1, x2, y2] = [
          source.x + source.width,
          card.y + card.height / 2,
          target.x,
          target.y + target.height / 2,
        ]
        const bend = Math.max(24, (x2 - x1) / 2)
        const turn = at.turns.get(edge.id)
        return (
          <path
            key={edge.id}
            d={
              turn === undefined
                ? `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
                : turnPath(x1, y1, x2, y2, turn)
            }
            fill="none"
            stroke="var(--line2)"
            strokeWidth={1.5}
            vectorEffect="non-scaling-stroke"
          />
        )
      })}
      {[...at.stages].map(([id, place]) => (
        <g key={id}>
          <rect
            {...place}
            rx={14}
            fill="var(--raise)"
            stroke="var(--line2)"
            strokeWidth={1}
            vectorEffect="non-scaling-stroke"
          />
          <rect x={place.x + 16} y={place.y + 16} width={22} height={22} rx={6} fill="var(--faint)" />
          <rect
            x={place.x + 52}
            y={place.y + 16}
            width={Math.min(120, id.length * 9)}
            height={9}
            rx={4}
            fill="var(--faint)"
          />
          <rect x={place.x + 52} y={place.y + 31} width={64} height={7} rx={3} fill="var(--line2)" />
        </g>
      ))}
    </svg>
  )
}
