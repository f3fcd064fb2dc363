// A pipeline as a small picture: for cards and lists. Drawn at once, without the layout worker.

import { useMemo } from 'react'
import { arrangeQuick } from './arrange.ts'
import { cardPath, linePath } from './lines.ts'
import { type CanvasStage, buildGraph } from './model.ts'

/** Up to this many stages the cards have something on them. */
const DETAILED = 40

export function MiniCanvas({ stages, className }: { stages: readonly CanvasStage[]; className?: string }) {
  // Two paths for all cards and lines: a picture of a thousand stages is a handful of elements.
  const { at, lines, cards } = useMemo(() => {
    const graph = buildGraph(stages)
    const made = arrangeQuick(graph)
    return {
      at: made,
      lines: graph.edges.map((edge) => linePath(made, edge)).join(''),
      cards: [...made.stages.values()].map(cardPath).join(''),
    }
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
      <path d={lines} fill="none" stroke="var(--line2)" strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
      <path
        d={cards}
        fill="var(--raise)"
        stroke="var(--line2)"
        strokeWidth={1}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
      {stages.length <= DETAILED &&
        [...at.stages].map(([id, place]) => (
          <g key={id} transform={`translate(${place.x} ${place.y})`}>
            <rect x={16} y={16} width={22} height={22} rx={6} fill="var(--faint)" />
            <rect x={52} y={16} width={Math.min(120, id.length * 9)} height={9} rx={4} fill="var(--faint)" />
            <rect x={52} y={31} width={64} height={7} rx={3} fill="var(--line2)" />
          </g>
        ))}
    </svg>
  )
}
