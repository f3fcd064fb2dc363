// A small diagram of a pipeline for cards and lists. Rendered synchronously, without the layout worker.

import { useMemo } from 'react'
import type { Rect } from './arrange.ts'
import { cardPath, linePath } from './lines.ts'
import { type CanvasStage, buildGraph } from './model.ts'
import { arrangeQuick } from './quick.ts'

/** Up to this many stages, the cards show details. */
const DETAILED = 40

const box = (x: number, y: number, width: number, height: number) => `M${x} ${y}h${width}v${height}h${-width}z`

/** The details of a card: bars for the icon, the name and the second line. */
const marksPath = ({ x, y }: Rect, id: string) =>
  box(x + 16, y + 16, 22, 22) + box(x + 52, y + 16, Math.min(120, id.length * 9), 9) + box(x + 52, y + 31, 64, 5)

/** One path per kind of shape: a diagram of any number of stages has four elements. */
function drawn(stages: readonly CanvasStage[]) {
  const graph = buildGraph(stages)
  const at = arrangeQuick(graph)
  const cards = [...at.stages]
  return {
    width: at.width,
    height: at.height,
    frames: [...at.frames.values()].map(cardPath).join(''),
    lines: graph.edges.map((edge) => linePath(at, edge)).join(''),
    cards: cards.map(([, place]) => cardPath(place)).join(''),
    marks: stages.length > DETAILED ? '' : cards.map(([id, place]) => marksPath(place, id)).join(''),
  }
}

export function MiniCanvas({ stages, className }: { stages: readonly CanvasStage[]; className?: string }) {
  const { width, height, frames, lines, cards, marks } = useMemo(() => drawn(stages), [stages])
  if (stages.length === 0) return null
  const margin = 24
  return (
    <svg
      viewBox={`${-margin} ${-margin} ${width + margin * 2} ${height + margin * 2}`}
      preserveAspectRatio="xMidYMid meet"
      className={className}
      fill="none"
      stroke="var(--line2)"
      strokeWidth={1.5}
      strokeLinejoin="round"
      role="img"
      aria-label={`Diagram of ${stages.length} stages`}
    >
      {frames && <path d={frames} strokeDasharray="6 5" vectorEffect="non-scaling-stroke" />}
      <path d={lines} vectorEffect="non-scaling-stroke" />
      <path d={cards} fill="var(--raise)" strokeWidth={1} vectorEffect="non-scaling-stroke" />
      {marks && <path d={marks} fill="var(--faint)" stroke="none" />}
    </svg>
  )
}
