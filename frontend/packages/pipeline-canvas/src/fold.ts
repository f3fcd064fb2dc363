// Folds a long layout into lines, like text, so that it is readable without being scaled down: a stage is 196 wide, and
// a screen seldom shows more than five of them side by side. An edge to a later line leaves on the right of its source,
// runs back through the gutter between the lines and enters on the left of its target. Each source has a track of its
// own there, so that edges can be distinguished.

import { type Column, type Lines, TRACK, type Turns, turnsOf } from './gutters.ts'
import {
  LARGE,
  type Laid,
  type Pane,
  type Places,
  type Point,
  type Routes,
  type ScopeInput,
  extentOf,
} from './scope.ts'

export interface Folded extends Laid {
  /** The edges that lead to a later line. */
  turned: ReadonlySet<string>
}

/** The distance between two lines, with one track. */
const GUTTER = 44
/** A column gap that the edges of more stages cross is no fold. Seen from far away, a wide gutter is narrow. */
const [MAX_TRACKS, MAX_TRACKS_LARGE] = [2, 120]
/** Lines slightly longer than their share, so that no short line is left over. */
const SLACK = [1, 1.04, 1.15]
/** The minimum gain in scale that justifies a fold. */
const MIN_GAIN = 1.2

/** A layout in lines. */
interface Plan {
  lines: Lines
  turns: Turns
  /** The bottom of each line. */
  bottoms: number[]
  shifts: (readonly [dx: number, dy: number])[]
  width: number
  height: number
}

export function fold(input: ScopeInput, laid: Laid, pane: Pane): Folded {
  const columns = columnsOf(input, laid.places)
  const unfolded: Folded = { ...laid, turned: new Set() }
  if (columns.length < 3) return unfolded
  const columnOf = new Map(columns.flatMap((column, index) => column.ids.map((id) => [id, index] as const)))
  const crossing = crossingOf(input, columns.length, columnOf)
  const limits = input.boxes.length > LARGE ? [MAX_TRACKS, MAX_TRACKS_LARGE] : [MAX_TRACKS]
  const { left, right, bottom } = extentOf(input.boxes, laid.places)
  let best: { fit: number; plan?: Plan } = { fit: fitOf({ width: right, height: bottom }, pane) * MIN_GAIN }
  for (const limit of limits)
    for (let count = 2; count <= columns.length; count++) {
      const plans = SLACK.map((slack) => breakAt(((right - left) / count) * slack, columns, crossing, limit))
        .filter((lineOf) => lineOf.at(-1) !== 0)
        .map((lineOf) => planOf(input, laid.places, { columns, columnOf, lineOf }))
      for (const plan of plans) {
        const fit = fitOf(plan, pane)
        if (fit > best.fit) best = { fit, plan }
      }
      // From here on, more lines only add height.
      if (plans.some(({ width, height }) => height / pane.height > (2 * width) / pane.width)) break
    }
  return best.plan ? foldedBy(best.plan, input, laid) : unfolded
}

const fitOf = (size: { width: number; height: number }, pane: Pane): number =>
  Math.min(pane.width / size.width, pane.height / size.height, 1)

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

/** For the gap before each column, the number of stages whose edges cross it. */
function crossingOf(input: ScopeInput, columns: number, columnOf: ReadonlyMap<string, number>): number[] {
  const reach = new Map<string, number>()
  for (const { source, target } of input.lines)
    reach.set(source, Math.max(reach.get(source) ?? 0, columnOf.get(target) ?? 0))
  const crossing = Array.from({ length: columns }, () => 0)
  for (const [source, last] of reach)
    for (let gap = (columnOf.get(source) ?? 0) + 1; gap <= last; gap++) crossing[gap] = (crossing[gap] ?? 0) + 1
  return crossing
}

/** The line of each column, for lines of at most this width if the edges allow it. */
function breakAt(width: number, columns: readonly Column[], crossing: readonly number[], limit: number): number[] {
  let line = 0
  let start = columns[0]?.left ?? 0
  return columns.map((column, index) => {
    if (index > 0 && column.right - start > width + 1 && (crossing[index] ?? 0) <= limit) {
      line++
      start = column.left
    }
    return line
  })
}

function planOf(input: ScopeInput, places: Places, lines: Lines): Plan {
  const { columnOf, lineOf } = lines
  const boxes: ScopeInput['boxes'][] = Array.from({ length: (lineOf.at(-1) ?? 0) + 1 }, () => [])
  for (const box of input.boxes) boxes[lineOf[columnOf.get(box.id) ?? 0] ?? 0]?.push(box)
  const turns = turnsOf(input, places, lines)
  const plan: Plan = { lines, turns, bottoms: [], shifts: [], width: 1, height: 0 }
  for (const [line, own] of boxes.entries()) {
    const { left, top, right, bottom } = extentOf(own, places)
    plan.shifts.push([turns.indent - left, plan.height - top])
    plan.width = Math.max(plan.width, turns.indent + right - left)
    plan.height += bottom - top
    plan.bottoms.push(plan.height)
    const tracks = turns.tracks[line]
    if (tracks !== undefined) plan.height += GUTTER + Math.max(0, tracks - 1) * TRACK
  }
  return plan
}

function foldedBy(plan: Plan, input: ScopeInput, laid: Laid): Folded {
  const { columns, columnOf, lineOf } = plan.lines
  const columnAt = (id: string) => columnOf.get(id) ?? 0
  const shiftOf = (id: string) => plan.shifts[lineOf[columnAt(id)] ?? 0] ?? [0, 0]
  const places: Places = new Map()
  for (const { id } of input.boxes) {
    const [{ x, y }, [dx, dy]] = [laid.places.get(id) ?? { x: 0, y: 0 }, shiftOf(id)]
    places.set(id, { x: x + dx, y: y + dy })
  }
  const routes: Routes = new Map()
  for (const { source, target } of input.lines) {
    const [route, [dx, dy]] = [laid.routes.get(`${source}→${target}`), shiftOf(source)]
    // Within one line, routes around other stages move with them.
    if (route && lineOf[columnAt(source)] === lineOf[columnAt(target)])
      routes.set(
        `${source}→${target}`,
        route.map(([x, y]) => [x + dx, y + dy]),
      )
  }
  const boxes = new Map(input.boxes.map((box) => [box.id, box]))
  const yOf = ([gutter, track]: readonly [number, number]) => (plan.bottoms[gutter] ?? 0) + GUTTER / 2 + track * TRACK
  const turned = new Set<string>()
  for (const { source, target, out, into, first, last, margin } of plan.turns.turns) {
    const [startX, startY] = [
      (columns[columnAt(source)]?.right ?? 0) + shiftOf(source)[0] + out,
      boxes.get(source)?.outY ?? 0,
    ]
    const [endX, endY] = [
      (columns[columnAt(target)]?.left ?? 0) + shiftOf(target)[0] - into,
      boxes.get(target)?.inY ?? 0,
    ]
    const [down, up] = [yOf(first), yOf(last)]
    const left = plan.turns.indent - (margin ?? 0)
    const back: Point[] =
      margin === undefined
        ? [[startX, down]]
        : [
            [startX, down],
            [left, down],
            [left, up],
          ]
    const edge = `${source}→${target}`
    turned.add(edge)
    routes.set(edge, [
      [startX, (places.get(source)?.y ?? 0) + startY],
      ...back,
      [endX, up],
      [endX, (places.get(target)?.y ?? 0) + endY],
    ])
  }
  return { places, routes, turned }
}
