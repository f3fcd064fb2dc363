// A long chain is folded into lines, like text, so that it can be read without being shrunk: a stage is
// 196 wide and a screen seldom shows more than five of them side by side. Only a place where few lines
// cross may be a fold; a wide graph stays as it is.

import type { Places, ScopeInput } from './arrange.ts'

/** The room that a picture is made for. */
export interface Pane {
  width: number
  height: number
}

/** Under which heights the lines that lead to the next line run, by `source→target`. */
export type Turns = Map<string, number>

const GUTTER = 44
/** More lines than this through one gutter could not be told apart. */
const THROUGH = 2
/** A fold must pay: this much larger than without. */
const WORTH = 1.2

interface Column {
  ids: string[]
  left: number
  right: number
}

export function fold(input: ScopeInput, places: Places, pane: Pane): { places: Places; turns: Turns } {
  const same = { places, turns: new Map() as Turns }
  const columns = columnsOf(input, places)
  if (columns.length < 3) return same
  const columnOf = new Map(columns.flatMap((column, index) => column.ids.map((id) => [id, index] as const)))
  const through = columns.map(
    (_, cut) =>
      input.lines.filter(
        ({ source, target }) => (columnOf.get(source) ?? 0) < cut && (columnOf.get(target) ?? 0) >= cut,
      ).length,
  )
  let best = { fit: fitOf(input, places, pane) * WORTH, result: same }
  for (let lines = 2; lines <= columns.length; lines++) {
    const result = foldInto(input, places, columns, columnOf, through, lines)
    const fit = result ? fitOf(input, result.places, pane) : 0
    if (result && fit > best.fit) best = { fit, result }
  }
  return best.result
}

/** Boxes that stand above each other; between two columns there is a gap from top to bottom. */
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
  places: Places,
  columns: readonly Column[],
  columnOf: ReadonlyMap<string, number>,
  through: readonly number[],
  lines: number,
): { places: Places; turns: Turns } | undefined {
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
  // A line over more than one fold would cross what stands between.
  if (input.lines.some(({ source, target }) => at(target) - at(source) > 1 || at(target) < at(source))) return undefined
  const folded: Places = new Map()
  const tops: number[] = []
  let top = 0
  for (let each = 0; each <= line; each++) {
    const ids = input.boxes.filter((box) => at(box.id) === each)
    const left = Math.min(...ids.map((box) => places.get(box.id)?.x ?? 0))
    const upper = Math.min(...ids.map((box) => places.get(box.id)?.y ?? 0))
    tops.push(top)
    let bottom = top
    for (const box of ids) {
      const place = places.get(box.id) ?? { x: 0, y: 0 }
      const moved = { x: place.x - left, y: place.y - upper + top }
      folded.set(box.id, moved)
      bottom = Math.max(bottom, moved.y + box.height)
    }
    top = bottom + GUTTER
  }
  const turns: Turns = new Map()
  for (const { source, target } of input.lines) {
    if (at(target) > at(source)) turns.set(`${source}→${target}`, (tops[at(target)] ?? 0) - GUTTER / 2)
  }
  return { places: folded, turns }
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
const ROUND = 8

/** Out to the right, down into the gutter, back to the left and into the next line. */
export function turnPath(sx: number, sy: number, tx: number, ty: number, y: number): string {
  const [right, left, r] = [sx + OUT, tx - OUT, ROUND]
  return [
    `M${sx} ${sy}H${right - r}Q${right} ${sy} ${right} ${sy + r}`,
    `V${y - r}Q${right} ${y} ${right - r} ${y}`,
    `H${left + r}Q${left} ${y} ${left} ${y + r}`,
    `V${ty - r}Q${left} ${ty} ${left + r} ${ty}H${tx}`,
  ].join('')
}
