// The layout without the worker: for small diagrams in lists, and on the canvas if the worker does not answer.

import { type Arrangement, DESK, arrangeScopes, placedSteps } from './arrange.ts'
import { fold } from './fold.ts'
import type { Graph } from './model.ts'
import { type Box, type Laid, type Pane, type Places, ROW_GAP, type ScopeInput } from './scope.ts'

export function arrangeQuick(graph: Graph, pane: Pane = DESK, steps = arrangeScopes(graph)): Arrangement {
  let step = steps.next()
  while (!step.done) step = steps.next(fold(step.value, quick(step.value), pane))
  return step.value
}

/** With the positions that somebody gave. */
export const arrangeQuickly = async (graph: Graph, pane: Pane): Promise<Arrangement> =>
  arrangeQuick(graph, pane, await placedSteps(graph))

/** Columns by longest path, rows in the order of the file, columns centered vertically. */
export function quick({ boxes, lines, gap }: ScopeInput): Laid {
  const column = new Map(boxes.map((box) => [box.id, 0]))
  // At most one round per box, so that a cycle cannot loop forever.
  for (let round = 0; round < boxes.length; round++) {
    let moved = false
    for (const { source, target } of lines) {
      const wanted = (column.get(source) ?? 0) + 1
      if (wanted > (column.get(target) ?? 0) && wanted < boxes.length) {
        column.set(target, wanted)
        moved = true
      }
    }
    if (!moved) break
  }
  const columns: Box[][] = []
  for (const box of boxes) (columns[column.get(box.id) ?? 0] ??= []).push(box)
  const heights = columns.map((list) => (list ?? []).reduce((sum, box) => sum + box.height + ROW_GAP, -ROW_GAP))
  const tallest = Math.max(0, ...heights)
  const places: Places = new Map()
  let x = 0
  columns.forEach((list, index) => {
    if (!list) return
    let y = (tallest - (heights[index] ?? 0)) / 2
    for (const box of list) {
      places.set(box.id, { x, y })
      y += box.height + ROW_GAP
    }
    x += Math.max(...list.map((box) => box.width)) + gap
  })
  return { places, routes: new Map() }
}
