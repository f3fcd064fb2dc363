// Folds a long chain into lines, like text, so that it is readable without being scaled down: a stage is 196 wide, and
// a screen seldom shows more than five of them side by side. Only a column gap that few edges cross can be a fold; a
// wide graph is not folded.

import type { Laid, Places, ScopeInput } from './arrange.ts'
import { type Point, type Routes, keepNeeded, rounded } from './route.ts'
import { type Steps, atOnce } from './steps.ts'

/** The size that a layout is made for. */
export interface Pane {
  width: number
  height: number
}

/** The route of an edge from one line to a later one: through the gutter below its source line, along the margin, and
 * through the gutter above its target line. For adjacent lines, both gutters are the same. */
export interface Turn {
  first: number
  last: number
  margin: number
}
/** Routes by `source→target`. */
export type Turns = Map<string, Turn>

const GUTTER = 44
const MARGIN = 9
/** The edges of more stages than this in one gutter could not be distinguished. */
const THROUGH = 2
/** The minimum gain in scale that justifies a fold. */
const WORTH = 1.2

interface Column {
  ids: string[]
  left: number
  right: number
}

export interface Folded {
  places: Places
  turns: Turns
  routes: Routes
}

export const fold = (input: ScopeInput, laid: Laid, pane: Pane): Folded => atOnce(foldSteps(input, laid, pane))

export function* foldSteps(input: ScopeInput, laid: Laid, pane: Pane): Steps<Folded> {
  const { places, turns, routes } = yield* folded(input, laid, pane)
  return { places, turns, routes: yield* keepNeeded(input, places, routes, turns) }
}

function* folded(input: ScopeInput, laid: Laid, pane: Pane): Steps<Folded> {
  const { places } = laid
  const same: Folded = { places, turns: new Map(), routes: laid.routes }
  const columns = columnsOf(input, places)
  if (columns.length < 3) return same
  const columnOf = new Map(columns.flatMap((column, index) => column.ids.map((id) => [id, index] as const)))
  const through = throughOf(input, columns.length, columnOf)
  yield undefined
  let best = { fit: fitOf(input, places, pane) * WORTH, result: same }
  for (let lines = 2; lines <= columns.length; lines++) {
    const result = foldInto(input, laid, columns, columnOf, through, lines)
    const fit = result ? fitOf(input, result.places, pane) : 0
    if (result && fit > best.fit) best = { fit, result }
    yield undefined
  }
  return best.result
}

/** For the gap before each column, the number of stages whose edges cross it. */
function throughOf(input: ScopeInput, columns: number, columnOf: ReadonlyMap<string, number>): number[] {
  const reach = new Map<string, number>()
  for (const { source, target } of input.lines)
    reach.set(source, Math.max(reach.get(source) ?? 0, columnOf.get(target) ?? 0))
  const through = Array.from({ length: columns }, () => 0)
  for (const [source, last] of reach)
    for (let cut = (columnOf.get(source) ?? 0) + 1; cut <= last; cut++) through[cut] = (through[cut] ?? 0) + 1
  return through
}

/** Groups boxes into columns; between two columns there is a gap from top to bottom. */
function columnsOf(input: ScopeInput, places: Places): Column[] {
  const columns: Column[] = []
  const boxes = input.boxes.map((box) => ({ box, x: places.get(box.id)?.x ?? 0 })).toSorted((a, b) => a.x - b.x)
  for (const { box, x } of boxes) {
    const last = columns.at(-1)
    if (last && x < last.right) {
      last.ids.push(box.id)
      last.right = Math.max(last.right, x + box.width)
    } else columns.push({ ids: [box.id], left: x, right: x + box.width })
  }
  return columns
}

function foldInto(
  input: ScopeInput,
  { places, routes }: Laid,
  columns: readonly Column[],
  columnOf: ReadonlyMap<string, number>,
  through: readonly number[],
  lines: number,
): Folded | undefined {
  const total = (columns.at(-1)?.right ?? 0) - (columns[0]?.left ?? 0)
  const widest = Math.max(total / lines, ...columns.map((column) => column.right - column.left))
  const lineOf: number[] = []
  let line = 0
  let start = columns[0]?.left ?? 0
  columns.forEach((column, index) => {
    const full = column.right - start > widest + 1
    if (index > 0 && full && (through[index] ?? 0) <= THROUGH) {
      line++
      start = column.left
    }
    lineOf.push(line)
  })
  if (line === 0) return undefined
  const at = (id: string) => lineOf[columnOf.get(id) ?? 0] ?? 0
  const moved: Places = new Map()
  const shifts: Point[] = []
  const tops: number[] = []
  const boxesOf: ScopeInput['boxes'][] = Array.from({ length: line + 1 }, () => [])
  for (const box of input.boxes) boxesOf[at(box.id)]?.push(box)
  let top = 0
  for (const boxes of boxesOf) {
    let [left, upper] = [Infinity, Infinity]
    for (const { id } of boxes) {
      const place = places.get(id) ?? { x: 0, y: 0 }
      left = Math.min(left, place.x)
      upper = Math.min(upper, place.y)
    }
    tops.push(top)
    shifts.push([-left, top - upper])
    let bottom = top
    for (const box of boxes) {
      const place = places.get(box.id) ?? { x: 0, y: 0 }
      const there = { x: place.x - left, y: place.y - upper + top }
      moved.set(box.id, there)
      bottom = Math.max(bottom, there.y + box.height)
    }
    top = bottom + GUTTER
  }
  const turns: Turns = new Map()
  const kept: Routes = new Map()
  for (const { source, target } of input.lines) {
    if (at(target) <= at(source)) {
      const [route, [dx, dy]] = [routes.get(`${source}→${target}`), shifts[at(source)] ?? [0, 0]]
      // Within one line, routes around other stages move with them.
      if (route && at(target) === at(source))
        kept.set(
          `${source}→${target}`,
          route.map(([x, y]) => [x + dx, y + dy]),
        )
      continue
    }
    const above = (each: number) => (tops[each] ?? 0) - GUTTER / 2
    turns.set(`${source}→${target}`, { first: above(at(source) + 1), last: above(at(target)), margin: -MARGIN })
  }
  return { places: moved, turns, routes: kept }
}

function fitOf(input: ScopeInput, places: Places, pane: Pane): number {
  let [width, height] = [1, 1]
  for (const box of input.boxes) {
    const place = places.get(box.id) ?? { x: 0, y: 0 }
    width = Math.max(width, place.x + box.width)
    height = Math.max(height, place.y + box.height)
  }
  return Math.min(pane.width / width, pane.height / height, 1)
}

const OUT = 20

/** The route: out to the right, down into the gutter, back to the left and into the target's line. */
export function turnPath(sx: number, sy: number, tx: number, ty: number, { first, last, margin }: Turn): string {
  const [right, left] = [sx + OUT, tx - OUT]
  const corners: [number, number][] =
    first === last
      ? [
          [right, sy],
          [right, first],
          [left, first],
          [left, ty],
        ]
      : [
          [right, sy],
          [right, first],
          [margin, first],
          [margin, last],
          [left, last],
          [left, ty],
        ]
  return rounded([[sx, sy], ...corners, [tx, ty]])
}
