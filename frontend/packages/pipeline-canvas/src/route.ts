// Routes of edges around stages. An edge with a free path is a curve; one that would cross a stage or a frame that it
// does not belong to follows the layout's route around it.

import type { Folded } from './fold.ts'
import type { Point, Routes, ScopeInput } from './scope.ts'

const AIR = 4
const SAMPLES = 24

/** Drops the routes of edges whose curve crosses no other box, except to a later line. */
export function keepNeeded(input: ScopeInput, { places, routes, turned }: Folded): Routes {
  const needed: Routes = new Map()
  const boxes = new Map(input.boxes.map((box) => [box.id, box]))
  // Read once per edge: with a thousand stages that is a million times, so the boxes are in a flat array.
  const placed = input.boxes.flatMap(({ id, width, height }) => {
    const at = places.get(id)
    return at ? [{ id, x: at.x, y: at.y, width, height }] : []
  })
  for (const [id, route] of routes) {
    if (turned.has(id)) {
      needed.set(id, route)
      continue
    }
    const [source = '', target = ''] = id.split('→')
    const [from, to, a, b] = [boxes.get(source), boxes.get(target), places.get(source), places.get(target)]
    if (!from || !to || !a || !b || route.length === 0) continue
    const [s, t]: [Point, Point] = [
      [a.x + from.width, a.y + from.outY],
      [b.x, b.y + to.inY],
    ]
    // A curve stays between the heights of its ends, so most boxes need no closer check.
    const [top, bottom] = [Math.min(s[1], t[1]) - AIR, Math.max(s[1], t[1]) + AIR]
    const crosses = placed.some(
      (box) =>
        box.y < bottom &&
        box.y + box.height > top &&
        box.id !== source &&
        box.id !== target &&
        curveMeets(s, t, box.x, box.y, box.width, box.height),
    )
    if (crosses) needed.set(id, route)
  }
  return needed
}

/** Whether the curve between two ends enters a box (with some margin around it). */
export function curveMeets([sx, sy]: Point, [tx, ty]: Point, x: number, y: number, w: number, h: number): boolean {
  if (Math.max(sx, tx) < x || Math.min(sx, tx) > x + w) return false
  const bend = tx >= sx ? (tx - sx) / 2 : 60
  for (let step = 1; step < SAMPLES; step++) {
    const u = step / SAMPLES
    const [p, q, r, v] = [(1 - u) ** 3, 3 * (1 - u) ** 2 * u, 3 * (1 - u) * u ** 2, u ** 3]
    const px = p * sx + q * (sx + bend) + r * (tx - bend) + v * tx
    const py = p * sy + q * sy + r * ty + v * ty
    if (px > x - AIR && px < x + w + AIR && py > y - AIR && py < y + h + AIR) return true
  }
  return false
}
