// Computes the layout of a graph. Each scope (the top level, the inside of a frame) is laid out separately, innermost
// first, by a function that knows only boxes and edges: the layout worker (`layout-client.ts`), or `quick`.

import { loadUntilThere, yieldToPage } from '@flowmason/ui'
import { type CanvasStage, type Graph, type GraphEdge, componentKey, frameStyle } from './model.ts'
import { type Box, type Laid, LARGE, type Pane, type Places, type Routes, type ScopeInput } from './scope.ts'

export const STAGE_W = 196
export const STAGE_H = 54
export const PAD = 16
export const STRIP_H = 34
export const GAP = 12
const GAP_X = 44
const LABEL_GAP_X = 76
/** The average width of a character of a label, in pixels. */
const LABEL_CHAR = 7

export interface Rect {
  x: number
  y: number
  width: number
  height: number
}
/** Its own place and size are those of all that is in it. */
export interface Arrangement extends Rect {
  stages: Map<string, Rect>
  frames: Map<string, Rect>
  /** For edges that lead around other stages or to a later line, by id: their bend points. */
  routes: Routes
  /** The stages that are where somebody has put them, if there are some. */
  placed?: ReadonlySet<string>
}

export const hasStrip = (stage: CanvasStage | undefined) =>
  stage !== undefined && componentKey(stage.component) === 'foreach'

export interface Frame {
  box: Box
  /** The positions of the control stage's card and the inner boxes, relative to the frame. */
  places: Places
  routes: Routes
}

/** The default size of a layout: the pane of a page on a desktop. */
export const DESK: Pane = { width: 900, height: 480 }
export const PHONE: Pane = { width: 380, height: 380 }

/** The scopes, innermost first; the top level ('') is last. */
export function scopes(graph: Graph): string[] {
  const order: string[] = []
  const visit = (scope: string) => {
    for (const id of graph.children.get(scope) ?? []) if (graph.children.has(id)) visit(id)
    order.push(scope)
  }
  visit('')
  return order
}

function boxOf(graph: Graph, frames: Map<string, Frame>, id: string): Box {
  const frame = frames.get(id)
  if (frame) return frame.box
  const height = STAGE_H + (hasStrip(graph.stages.get(id)) ? STRIP_H : 0)
  return { id, width: STAGE_W, height, inY: STAGE_H / 2, outY: STAGE_H / 2 }
}

export function inputOf(graph: Graph, frames: Map<string, Frame>, scope: string): ScopeInput {
  const ids = graph.children.get(scope) ?? []
  const boxes = ids.map((id) => boxOf(graph, frames, id))
  const inside = new Set(ids)
  const control = graph.stages.get(scope)
  const beside = control !== undefined && frameStyle(control) === 'beside'
  if (beside) {
    boxes.unshift({ id: scope, width: STAGE_W, height: STAGE_H, inY: STAGE_H / 2, outY: STAGE_H / 2 })
    inside.add(scope)
  }
  const lines = graph.edges.filter((edge) => inside.has(edge.source) && inside.has(edge.target))
  return { boxes, lines, gap: beside ? labelGap(lines) : GAP_X }
}

export function frameOf(graph: Graph, scope: string, input: ScopeInput, { places: inner, routes }: Laid): Frame {
  const control = graph.stages.get(scope)
  const beside = control !== undefined && frameStyle(control) === 'beside'
  const top = beside ? PAD : PAD + STAGE_H + (hasStrip(control) ? STRIP_H : 0) + GAP
  const places: Places = new Map()
  let [right, bottom] = beside ? [0, 0] : [PAD + STAGE_W, top]
  for (const box of input.boxes) {
    const at = inner.get(box.id) ?? { x: 0, y: 0 }
    const place = { x: at.x + PAD, y: at.y + top }
    places.set(box.id, place)
    right = Math.max(right, place.x + box.width)
    bottom = Math.max(bottom, place.y + box.height)
  }
  if (!beside) places.set(scope, { x: PAD, y: PAD })
  const card = places.get(scope) ?? { x: PAD, y: PAD }
  const middle = card.y + STAGE_H / 2
  return {
    box: { id: scope, width: right + PAD, height: bottom + PAD, inY: middle, outY: middle },
    places,
    routes: routesMoved(routes, PAD, top),
  }
}

const routesMoved = (routes: Routes, dx: number, dy: number): Routes =>
  new Map([...routes].map(([edge, route]) => [edge, route.map(([x, y]) => [x + dx, y + dy] as const)]))

export function spread(graph: Graph, frames: Map<string, Frame>, top: Places, routes: Routes = new Map()): Arrangement {
  const result: Arrangement = {
    stages: new Map(),
    frames: new Map(),
    routes: new Map(routes),
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  }
  const put = (id: string, x: number, y: number) => {
    const frame = frames.get(id)
    const size = frame ? frame.box : { width: STAGE_W, height: STAGE_H }
    result.width = Math.max(result.width, x + size.width)
    result.height = Math.max(result.height, y + size.height)
    if (!frame) {
      result.stages.set(id, { x, y, width: STAGE_W, height: STAGE_H })
      return
    }
    result.frames.set(id, { x, y, width: frame.box.width, height: frame.box.height })
    for (const [edge, route] of routesMoved(frame.routes, x, y)) result.routes.set(edge, route)
    for (const [inner, at] of frame.places) {
      if (inner === id) result.stages.set(id, { x: x + at.x, y: y + at.y, width: STAGE_W, height: STAGE_H })
      else put(inner, x + at.x, y + at.y)
    }
  }
  for (const id of graph.children.get('') ?? []) {
    const at = top.get(id) ?? { x: 0, y: 0 }
    put(id, at.x, at.y)
  }
  return result
}

/** The gap in which the longest label fits between two cards. */
const labelGap = (lines: readonly GraphEdge[]): number =>
  lines.reduce((gap, { label }) => Math.max(gap, (label?.text.length ?? 0) * LABEL_CHAR + 28), LABEL_GAP_X)

export async function arrange(
  graph: Graph,
  lay: (input: ScopeInput, pane: Pane) => Promise<Laid>,
  pane: Pane = DESK,
): Promise<Arrangement> {
  const placed = await placedSteps(graph)
  const steps = placed ?? arrangeScopes(graph)
  let step = steps.next()
  while (!step.done) {
    // What somebody has placed must have the same around it for everybody.
    const laid = await lay(step.value, placed ? DESK : pane)
    // Copying the result from the worker is a task of its own.
    if (step.value.boxes.length > LARGE) await yieldToPage()
    step = steps.next(laid)
  }
  return step.value
}

export type ArrangeSteps = Generator<ScopeInput, Arrangement, Laid>

const loadPlaced = () => import('./placed.ts')

/** Undefined if nobody has placed anything that counts. What does it is loaded only then. */
export async function placedSteps(graph: Graph): Promise<ArrangeSteps | undefined> {
  for (const { position } of graph.stages.values())
    if (position) return (await loadUntilThere(loadPlaced)).stepsFor(graph)
  return undefined
}

/** Yields each scope and is given its layout. */
export function* arrangeScopes(graph: Graph): ArrangeSteps {
  const frames = new Map<string, Frame>()
  for (const scope of scopes(graph)) {
    const input = inputOf(graph, frames, scope)
    const laid = yield input
    if (scope === '') return spread(graph, frames, laid.places, laid.routes)
    frames.set(scope, frameOf(graph, scope, input, laid))
  }
  return spread(graph, frames, new Map())
}
