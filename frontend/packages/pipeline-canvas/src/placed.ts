// Positions that somebody gave, in the layout of everything else: what was placed is where it was put, and the layout
// stays as it is, except that what would be covered gives way. Loaded only if there are such positions.
//
// A position is that of a stage's card on the plane, also inside of a frame. A control stage brings its frame along. Inner
// positions count if their control stage has one too, since its frame is elsewhere with every layout otherwise.

import { type Placing, type Rect, STAGE_H, STAGE_W } from './arrange.ts'
import { Field } from './field.ts'
import type { Spot } from './gesture-places.ts'
import type { Graph } from './model.ts'
import type { Laid, Places, ScopeInput } from './scope.ts'

/** The space that a stage keeps from a placed one when it gives way. */
export const AIR = 16
/** The space inside of a frame. */
const PAD = 16
/** Cards that are nearer than this touch. */
const APART = 8

/** Undefined if the positions are for cards of another size: as many touch as cannot come from moving cards here. */
export function placingFor(graph: Graph): Placing | undefined {
  const given = givenIn(graph)
  if (given.size === 0) return undefined
  const whole = (scope: string, { boxes }: ScopeInput) =>
    (scope === '' || given.has(scope)) && boxes.every(({ id }) => given.has(id))
  return {
    ids: new Set(given.keys()),
    isNeeded: (scope, input) => !whole(scope, input),
    settle: (scope, input, laid, cardOf, card) => {
      const base = scope === '' ? { x: 0, y: 0 } : given.get(scope)
      if (!base) return laid
      const from = scope === '' ? base : (laid.places.get(scope) ?? { x: PAD, y: PAD })
      const corners: Places = new Map()
      for (const { id } of input.boxes) {
        const at = given.get(id)
        if (!at || id === scope) continue
        const [dx, dy] = cardOf(id)
        corners.set(id, { x: from.x + at.x - base.x - dx, y: from.y + at.y - base.y - dy })
      }
      if (corners.size === 0) return laid
      // Beside its inner stages, the control stage is a box of its own frame.
      if (scope !== '' && !card) corners.set(scope, from)
      const settled = settledAround(input, laid, corners, card ? [card] : [])
      return scope === '' ? settled : padded(input, settled, card)
    },
  }
}

function givenIn(graph: Graph): Map<string, Spot> {
  const given = new Map<string, Spot>()
  for (const { id, position } of graph.stages.values()) if (position) given.set(id, position)
  const framed = graph.children.size > 1
  if (framed) {
    const isHeld = (id: string): boolean => {
      const seen = new Set<string>()
      for (let at = graph.stages.get(id)?.parent; at && graph.stages.has(at) && !seen.has(at);) {
        if (!given.has(at)) return false
        seen.add(at)
        at = graph.stages.get(at)?.parent
      }
      return true
    }
    for (const id of [...given.keys()].filter((each) => !isHeld(each))) given.delete(id)
    return given
  }
  const field = new Field()
  let touching = 0
  for (const { x, y } of given.values()) {
    const card = { x, y, width: STAGE_W, height: STAGE_H }
    if (field.hit(card, APART)) touching++
    else field.add(card)
  }
  return touching * 4 > given.size ? new Map() : given
}

/** Puts boxes to the given places, and all that they would cover, or that is in their way, beside them. */
export function settledAround(
  { boxes, lines }: ScopeInput,
  { places, routes }: Laid,
  given: Places,
  fixed: readonly Rect[],
): Laid {
  const field = new Field()
  for (const place of fixed) field.add(place)
  const result: Places = new Map(places)
  const moved = new Set<string>()
  const put = (id: string, place: Rect) => {
    result.set(id, { x: place.x, y: place.y })
    moved.add(id)
    field.add(place)
  }
  for (const { id, width, height } of boxes) {
    const at = given.get(id)
    if (at) put(id, field.nearest({ ...at, width, height }, 0, AIR))
  }
  const covered: [string, Rect][] = []
  const free: Rect[] = []
  for (const { id, width, height } of boxes) {
    if (given.has(id)) continue
    const place = { x: 0, y: 0, ...places.get(id), width, height }
    if (field.hit(place, AIR / 2)) covered.push([id, place])
    else free.push(place)
  }
  // Those that can stay do, before others look for a place.
  for (const place of free) field.add(place)
  for (const [id, place] of covered) put(id, field.nearest(place, AIR / 2, AIR))
  const straight = new Map(routes)
  for (const { source, target } of lines)
    if (moved.has(source) || moved.has(target)) straight.delete(`${source}→${target}`)
  return { places: result, routes: straight }
}

/** Moved so that everything has its space in the frame. */
function padded({ boxes }: ScopeInput, { places, routes }: Laid, card: Rect | undefined): Laid {
  let [left, top] = card ? [card.x, card.y] : [Infinity, Infinity]
  for (const { id } of boxes) {
    const at = places.get(id)
    if (!at) continue
    left = Math.min(left, at.x)
    top = Math.min(top, at.y)
  }
  const [dx, dy] = [PAD - left, PAD - top]
  return {
    places: new Map([...places].map(([id, { x, y }]) => [id, { x: x + dx, y: y + dy }])),
    routes: new Map([...routes].map(([id, route]) => [id, route.map(([x, y]) => [x + dx, y + dy] as const)])),
  }
}
