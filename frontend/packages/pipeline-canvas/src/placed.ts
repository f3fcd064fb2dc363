// Positions that somebody gave, in the layout of everything else: what was placed is where it was put, and the layout
// stays as it is, except that what would be covered gives way. Loaded only if there are such positions.
//
// A position is that of a stage's card on the plane, also inside of a frame. A control stage brings its frame along. Inner
// positions count if their control stage has one too, since its frame is elsewhere with every layout otherwise.

import {
  type ArrangeSteps,
  type Arrangement,
  type Frame,
  GAP,
  PAD,
  type Rect,
  STAGE_H,
  STAGE_W,
  STRIP_H,
  frameOf,
  hasStrip,
  inputOf,
  scopes,
  spread,
} from './arrange.ts'
import { Field } from './field.ts'
import type { Spot } from './gesture-places.ts'
import { type Graph, frameStyle } from './model.ts'
import type { Laid, Places, ScopeInput } from './scope.ts'

/** The space that a stage keeps from a placed one when it gives way. */
export const AIR = 16
/** Cards that are nearer than this touch. */
const APART = 8

/** Undefined if the positions are for cards of another size: as many touch as cannot come from moving cards here. */
export function stepsFor(graph: Graph): ArrangeSteps | undefined {
  const given = givenIn(graph)
  return given.size > 0 ? steps(graph, given) : undefined
}

type Given = ReadonlyMap<string, Spot>
type Frames = Map<string, Frame>

const NOTHING: Laid = { places: new Map(), routes: new Map() }

function* steps(graph: Graph, given: Given): ArrangeSteps {
  const frames: Frames = new Map()
  for (const scope of scopes(graph)) {
    const input = inputOf(graph, frames, scope)
    const isPlaced = (scope === '' || given.has(scope)) && input.boxes.every(({ id }) => given.has(id))
    const laid = isPlaced ? NOTHING : yield input
    if (scope !== '')
      frames.set(scope, frameWith(graph, scope, input, frameOf(graph, scope, input, laid), frames, given))
    else {
      const corners = cornersOf(input, given, frames, { x: 0, y: 0 })
      const { places, routes } = settledAround(input, laid, corners, [])
      return { ...withExtent(spread(graph, frames, places, routes)), placed: new Set(given.keys()) }
    }
  }
  return spread(graph, frames, new Map())
}

/** The corners of the boxes that were placed, from where `from` is on the plane. */
function cornersOf({ boxes }: ScopeInput, given: Given, frames: Frames, from: Spot): Places {
  const corners: Places = new Map()
  for (const { id } of boxes) {
    const at = given.get(id)
    const card = frames.get(id)?.places.get(id) ?? { x: 0, y: 0 }
    if (at) corners.set(id, { x: at.x - from.x - card.x, y: at.y - from.y - card.y })
  }
  return corners
}

/** A frame with what was placed in it, and as large as that needs. */
function frameWith(graph: Graph, scope: string, input: ScopeInput, frame: Frame, frames: Frames, given: Given): Frame {
  const [base, card] = [given.get(scope), frame.places.get(scope)]
  const control = graph.stages.get(scope)
  if (!base || !card || !control) return frame
  // Beside its inner stages, the control stage is a box of its own frame.
  const beside = frameStyle(control) === 'beside'
  const corners = cornersOf(input, given, frames, { x: base.x - card.x, y: base.y - card.y })
  if (corners.size <= (beside ? 1 : 0)) return frame
  const height = STAGE_H + (beside ? 0 : GAP + (hasStrip(control) ? STRIP_H : 0))
  const own = { ...card, width: STAGE_W, height }
  const { places, routes } = padded(
    input,
    settledAround(input, frame, corners, beside ? [] : [own]),
    beside ? undefined : own,
  )
  const at = places.get(scope) ?? card
  let [right, bottom] = [at.x + STAGE_W, at.y + height]
  for (const box of input.boxes) {
    const place = places.get(box.id) ?? at
    right = Math.max(right, place.x + box.width)
    bottom = Math.max(bottom, place.y + box.height)
  }
  const middle = at.y + STAGE_H / 2
  return { box: { id: scope, width: right + PAD, height: bottom + PAD, inY: middle, outY: middle }, places, routes }
}

function withExtent(at: Arrangement): Arrangement {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { x, y, width, height } of [...at.stages.values(), ...at.frames.values()]) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + width)
    bottom = Math.max(bottom, y + height)
  }
  return { ...at, x: left, y: top, width: right - left, height: bottom - top }
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
