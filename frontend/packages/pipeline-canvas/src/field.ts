// Rectangles by where they are, so that finding what one of them touches does not look at all of them.

import type { Rect } from './arrange.ts'

const [CELL_W, CELL_H] = [320, 160]
/** After so many steps in one direction, the place is taken as it is. */
const MOST_STEPS = 500

export class Field {
  private readonly cells = new Map<string, Rect[]>()

  add(place: Rect) {
    for (const key of keysOf(place, 0)) {
      const cell = this.cells.get(key)
      if (cell) cell.push(place)
      else this.cells.set(key, [place])
    }
  }

  /** One that overlaps this place, or is nearer than `air`. */
  hit(place: Rect, air: number): Rect | undefined {
    for (const key of keysOf(place, air))
      for (const other of this.cells.get(key) ?? []) if (isNear(place, other, air)) return other
    return undefined
  }

  /** The free place that is the fewest pixels away, straight in one direction. `air`: kept where it gives way. */
  nearest(place: Rect, touch: number, air: number): Rect {
    if (!this.hit(place, touch)) return place
    let best: { place: Rect; far: number } | undefined
    for (const way of WAYS) {
      const found = this.along(place, way, air)
      const far = Math.abs(found.x - place.x) + Math.abs(found.y - place.y)
      if (!best || far < best.far) best = { place: found, far }
    }
    return best?.place ?? place
  }

  private along(place: Rect, [wx, wy]: readonly [number, number], air: number): Rect {
    let at = place
    for (let step = 0; step < MOST_STEPS; step++) {
      const other = this.hit(at, air - 1)
      if (!other) break
      const x = wx > 0 ? other.x + other.width + air : wx < 0 ? other.x - at.width - air : at.x
      const y = wy > 0 ? other.y + other.height + air : wy < 0 ? other.y - at.height - air : at.y
      at = { ...at, x, y }
    }
    return at
  }
}

/** Down first: of two that are as near, the first is taken. */
const WAYS = [
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
] as const

const isNear = (a: Rect, b: Rect, air: number): boolean =>
  a.x < b.x + b.width + air && b.x < a.x + a.width + air && a.y < b.y + b.height + air && b.y < a.y + a.height + air

function keysOf({ x, y, width, height }: Rect, air: number): string[] {
  const keys: string[] = []
  const [right, bottom] = [Math.floor((x + width + air) / CELL_W), Math.floor((y + height + air) / CELL_H)]
  for (let column = Math.floor((x - air) / CELL_W); column <= right; column++)
    for (let row = Math.floor((y - air) / CELL_H); row <= bottom; row++) keys.push(`${column} ${row}`)
  return keys
}
