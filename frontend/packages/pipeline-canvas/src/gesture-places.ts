// What of an arrangement is at a place of the plane.

import type { Arrangement, Rect } from './arrange.ts'
import { type Graph, runsOthers } from './model.ts'

export interface Spot {
  x: number
  y: number
}

const has = ({ x, y, width, height }: Rect, at: Spot): boolean =>
  at.x >= x && at.x <= x + width && at.y >= y && at.y <= y + height

/** The stage whose card is there. */
export function stageAt({ stages }: Pick<Arrangement, 'stages'>, at: Spot): string | null {
  for (const [id, place] of stages) if (has(place, at)) return id
  return null
}

/**
 * The innermost control stage whose frame is there, or whose card if it runs nothing yet; '' beside all of them. No
 * stage can be moved into itself.
 */
export function frameAt({ stages, frames }: Arrangement, graph: Graph, at: Spot, moved: readonly string[]): string {
  const card = stageAt({ stages }, at)
  const under = card === null ? undefined : graph.stages.get(card)
  if (under && runsOthers(under) && !frames.has(under.id) && !moved.includes(under.id)) return under.id
  const excluded = new Set(moved)
  let best: { id: string; area: number } | undefined
  for (const [id, place] of frames) {
    if (!has(place, at) || isInside(graph, id, excluded)) continue
    const area = place.width * place.height
    if (!best || area < best.area) best = { id, area }
  }
  return best?.id ?? ''
}

/** Whether a stage is one of `outer`, or inside one of them. */
function isInside(graph: Graph, id: string, outer: ReadonlySet<string>): boolean {
  const seen = new Set<string>()
  for (let at: string | null | undefined = id; at && !seen.has(at); at = graph.stages.get(at)?.parent) {
    if (outer.has(at)) return true
    seen.add(at)
  }
  return false
}

/** The rectangle with these two corners. */
export const rectOf = (a: Spot, b: Spot): Rect => ({
  x: Math.min(a.x, b.x),
  y: Math.min(a.y, b.y),
  width: Math.abs(a.x - b.x),
  height: Math.abs(a.y - b.y),
})

/** The stages whose cards touch a rectangle. */
export function stagesIn({ stages }: Arrangement, { x, y, width, height }: Rect): string[] {
  const found: string[] = []
  for (const [id, at] of stages)
    if (at.x < x + width && at.x + at.width > x && at.y < y + height && at.y + at.height > y) found.push(id)
  return found
}
