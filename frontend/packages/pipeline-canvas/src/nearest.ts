import type { Arrangement } from './arrange.ts'

/** The stage that an arrow key moves to from another one; `way` is the direction as steps to the right and down. */
export function nearest(
  arrangement: Arrangement,
  from: string,
  [wx, wy]: readonly [number, number],
): string | undefined {
  const own = arrangement.stages.get(from)
  if (!own) return undefined
  let best: { id: string; far: number } | undefined
  for (const [id, place] of arrangement.stages) {
    const [dx, dy] = [place.x - own.x, place.y - own.y]
    const ahead = dx * wx + dy * wy
    const aside = Math.abs(dx * wy) + Math.abs(dy * wx)
    if (id === from || ahead < 8) continue
    // A stage straight ahead is preferred to one that is nearer but to the side.
    const far = ahead + 2 * aside
    if (!best || far < best.far) best = { id, far }
  }
  return best?.id
}
