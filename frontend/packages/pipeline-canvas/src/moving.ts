// What moving cards gives as positions. A card that is put onto another placed one gives way; one that nobody has placed
// gives way itself, in the next layout.

import type { Arrangement, Rect } from './arrange.ts'
import { Field } from './field.ts'
import type { Spot } from './gesture-places.ts'
import { type Graph, entryOf } from './model.ts'

/** New positions of stages; null: the layout decides again. */
export type NewPlaces = ReadonlyMap<string, Spot | null>

/** The space between a card and another one that it was put onto. */
const GAP = 12

export const parentOf = (graph: Graph, id: string): string => {
  const parent = graph.stages.get(id)?.parent
  return parent && parent !== id && graph.stages.has(parent) ? parent : ''
}

/** Those of these stages that are inside no other one of them. */
export function outermostOf(graph: Graph, ids: Iterable<string>): string[] {
  const chosen = new Set([...ids].filter((id) => graph.stages.has(id)))
  return [...chosen].filter((id) => {
    const seen = new Set<string>()
    for (let at = parentOf(graph, id); at !== '' && !seen.has(at); at = parentOf(graph, at)) {
      if (chosen.has(at)) return false
      seen.add(at)
    }
    return true
  })
}

/** A stage and all that is inside of it. */
export function withInside(graph: Graph, ids: Iterable<string>): Set<string> {
  const all = new Set<string>()
  const open = [...ids]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (all.has(id)) continue
    all.add(id)
    open.push(...(graph.children.get(id) ?? []))
  }
  return all
}

/** What a stage covers: its frame if it has one. */
export const boxOf = (at: Arrangement, id: string): Rect | undefined => at.frames.get(id) ?? at.stages.get(id)

/** The positions after cards were moved by so many pixels, and into another scope if one is given. */
export function movedBy(
  at: Arrangement,
  graph: Graph,
  ids: Iterable<string>,
  [dx, dy]: readonly [number, number],
  into?: string,
): NewPlaces {
  const scopeOf = (id: string) => into ?? parentOf(graph, id)
  const steps = new Map(outermostOf(graph, ids).map((id) => [id, { x: dx, y: dy }]))
  const inWay = obstacles(at, graph, steps, scopeOf)
  const [sx, sy] = wayOut(at, steps, inWay)
  for (const [id, step] of steps) steps.set(id, { x: step.x + sx, y: step.y + sy })
  return placesOf(at, graph, steps, scopeOf)
}

/** The positions after each of these stages was moved by a distance of its own. */
function placesOf(
  at: Arrangement,
  graph: Graph,
  steps: ReadonlyMap<string, Spot>,
  scopeOf: (id: string) => string,
): NewPlaces {
  const places = new Map<string, Spot | null>()
  const put = (id: string, { x, y }: Spot) => {
    const card = at.stages.get(id)
    if (card) places.set(id, { x: Math.round(card.x + x), y: Math.round(card.y + y) })
  }
  for (const [id, step] of steps) {
    // Its frame has to stay where it is, for a place in it to mean anything.
    const seen = new Set<string>()
    for (let outer = scopeOf(id); outer !== '' && !seen.has(outer); outer = parentOf(graph, outer)) {
      if (!at.placed?.has(outer) && !places.has(outer)) put(outer, { x: 0, y: 0 })
      seen.add(outer)
    }
    for (const inner of withInside(graph, [id])) if (inner === id || at.placed?.has(inner)) put(inner, step)
  }
  // Positions that do not count would come between those that do now.
  if (!at.placed)
    for (const { id, position } of graph.stages.values()) if (position && !places.has(id)) places.set(id, null)
  return places
}

/** What is placed beside the moved stages, by the scope that it is in. */
function obstacles(
  at: Arrangement,
  graph: Graph,
  steps: ReadonlyMap<string, Spot>,
  scopeOf: (id: string) => string,
): Field {
  const field = new Field()
  for (const scope of new Set([...steps.keys()].map(scopeOf))) {
    const card = at.stages.get(scope)
    if (card) field.add(card)
    for (const id of graph.children.get(scope) ?? []) {
      const box = at.placed?.has(id) && !steps.has(id) ? boxOf(at, id) : undefined
      if (box) field.add(box)
    }
  }
  return field
}

/** The smallest step, straight in one direction, after which all of them are free. */
function wayOut(at: Arrangement, steps: ReadonlyMap<string, Spot>, field: Field): readonly [number, number] {
  const boxes = [...steps].flatMap(([id, step]) => {
    const box = boxOf(at, id)
    return box ? [{ ...box, x: box.x + step.x, y: box.y + step.y }] : []
  })
  if (!boxes.some((box) => field.hit(box, 0))) return [0, 0]
  let best: readonly [number, number] = [0, 0]
  let least = Infinity
  for (const [wx, wy] of [
    [0, 1],
    [0, -1],
    [1, 0],
    [-1, 0],
  ] as const) {
    const step = alongUntilFree(boxes, field, wx, wy)
    if (step < least) {
      least = step
      best = [wx * step, wy * step]
    }
  }
  return best
}

function alongUntilFree(boxes: readonly Rect[], field: Field, wx: number, wy: number): number {
  let far = 0
  for (let round = 0; round < 200; round++) {
    let further = far
    for (const box of boxes) {
      const place = { ...box, x: box.x + wx * further, y: box.y + wy * further }
      const other = field.hit(place, GAP - 1)
      if (!other) continue
      const needed =
        wx > 0
          ? other.x + other.width + GAP - place.x
          : wx < 0
            ? place.x + place.width + GAP - other.x
            : wy > 0
              ? other.y + other.height + GAP - place.y
              : place.y + place.height + GAP - other.y
      further += Math.max(1, needed)
    }
    if (further === far) return far
    far = further
  }
  return far
}

/** How several stages are put in line, or at equal distances. */
export const alignments = ['left', 'center', 'right', 'top', 'middle', 'bottom', 'across', 'down'] as const
export type Alignment = (typeof alignments)[number]

/**
 * The positions after stages of one scope were aligned; none if there are fewer than two, or they are in several frames.
 * What would then cover another one of them is moved on.
 */
export function aligned(at: Arrangement, graph: Graph, ids: Iterable<string>, how: Alignment): NewPlaces | undefined {
  const outer = outermostOf(graph, ids)
  const [first] = outer
  if (first === undefined || outer.length < 2) return undefined
  if (outer.some((id) => parentOf(graph, id) !== parentOf(graph, first))) return undefined
  const boxes = outer.flatMap((id) => {
    const box = boxOf(at, id)
    return box ? [{ id, ...box }] : []
  })
  const upright = how === 'left' || how === 'center' || how === 'right' || how === 'down'
  const place = upright ? 'y' : 'x'
  const size = upright ? 'height' : 'width'
  const sorted = boxes.toSorted((a, b) => a[place] - b[place])
  const goal = how === 'across' || how === 'down' ? undefined : lineOf(boxes, how)
  const steps = new Map<string, Spot>()
  let from = sorted[0]?.[place] ?? 0
  const last = sorted.at(-1)
  const taken = sorted.reduce((sum, box) => sum + box[size], 0)
  const gap = goal
    ? GAP
    : Math.max(GAP, ((last ? last[place] + last[size] : 0) - from - taken) / Math.max(1, sorted.length - 1))
  for (const box of sorted) {
    // In line, each stays where it is unless it would cover the one before.
    const along = goal ? Math.max(from, box[place]) : from
    from = along + box[size] + gap
    const aside = goal ? goal(box) : 0
    steps.set(box.id, upright ? { x: aside, y: along - box.y } : { x: along - box.x, y: aside })
  }
  return placesOf(at, graph, steps, (id) => parentOf(graph, id))
}

/** The step of each box to their common line. */
function lineOf(boxes: readonly Rect[], how: Exclude<Alignment, 'across' | 'down'>): (box: Rect) => number {
  const [left, top] = [Math.min(...boxes.map(({ x }) => x)), Math.min(...boxes.map(({ y }) => y))]
  const right = Math.max(...boxes.map(({ x, width }) => x + width))
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height))
  const ways: Record<typeof how, (box: Rect) => number> = {
    left: (box) => left - box.x,
    center: (box) => (left + right) / 2 - box.width / 2 - box.x,
    right: (box) => right - box.width - box.x,
    top: (box) => top - box.y,
    middle: (box) => (top + bottom) / 2 - box.height / 2 - box.y,
    bottom: (box) => bottom - box.height - box.y,
  }
  return entryOf(ways, how) ?? (() => 0)
}

/** All positions of these stages are given up; of all, without any. */
export function tidied(graph: Graph, ids: Iterable<string>): NewPlaces {
  const chosen = withInside(graph, ids)
  const places = new Map<string, Spot | null>()
  for (const { id, position } of graph.stages.values())
    if (position && (chosen.size === 0 || chosen.has(id))) places.set(id, null)
  return places
}
