// Large groups of alike stages, such as the three hundred stages between a source and a sink. ELK would place them in
// one column, many screens high; here they are one box for ELK, in which they form a grid. Since all of them have the
// same sources and the same targets, their edges can share one way through the grid and remain unambiguous.

import { type Box, LARGE, type Laid, type Pane, type Point, type Places, ROW_GAP, type ScopeInput } from './scope.ts'

/** The space around a grid, in which its edges are distributed. */
const BORDER = 24
/** The distance from a box to the vertical and horizontal parts of its edges. */
const [ASIDE, ABOVE] = [14, 9]

interface Cell {
  grid: Grid
  x: number
  y: number
}
interface Grid extends Box {
  cells: Map<string, Cell>
}

export interface Grouped {
  grouped: ScopeInput
  /** Turns the layout of the groups into that of their members. */
  restore: (laid: Laid) => Laid
}

export function gridTwins(input: ScopeInput, pane: Pane): Grouped {
  if (input.boxes.length <= LARGE) return { grouped: input, restore: (laid) => laid }
  const most = rowsFor(input, pane)
  const grids = new Map<string, Grid>()
  const cells = new Map<string, Cell>()
  for (const twins of twinsOf(input)) {
    const grid = twins.length > most ? gridOf(twins, most, input.gap) : undefined
    if (!grid) continue
    grids.set(grid.id, grid)
    for (const [id, cell] of grid.cells) cells.set(id, cell)
  }
  const groupOf = (id: string) => cells.get(id)?.grid.id ?? id
  const lines = new Map(
    input.lines.map((line) => {
      const grouped = { source: groupOf(line.source), target: groupOf(line.target) }
      return [`${grouped.source}→${grouped.target}`, grouped]
    }),
  )
  const boxes = input.boxes.filter(({ id }) => groupOf(id) === id).map((box) => grids.get(box.id) ?? box)
  return {
    grouped: { boxes, lines: [...lines.values()], gap: input.gap },
    restore: (laid) => restored(input, cells, laid),
  }
}

/** The number of rows at which boxes of this number and size would have the proportions of the pane. */
function rowsFor({ boxes, gap }: ScopeInput, pane: Pane): number {
  const area = boxes.reduce((sum, { width, height }) => sum + (width + gap) * (height + ROW_GAP), 0)
  const row = boxes.reduce((sum, { height }) => sum + height + ROW_GAP, 0) / boxes.length
  return Math.max(4, Math.round(Math.sqrt((area * pane.height) / pane.width) / row))
}

/** Groups the boxes of the same size that have the same sources and the same targets. */
function twinsOf({ boxes, lines }: ScopeInput): Box[][] {
  const [sources, targets] = [new Map<string, string[]>(), new Map<string, string[]>()]
  const add = (map: Map<string, string[]>, key: string, value: string) => {
    const list = map.get(key)
    if (list) list.push(value)
    else map.set(key, [value])
  }
  for (const { source, target } of lines) {
    add(sources, target, source)
    add(targets, source, target)
  }
  const neighbors = (map: Map<string, string[]>, id: string) => (map.get(id) ?? []).toSorted().join('\n')
  const groups = new Map<string, Box[]>()
  for (const box of boxes) {
    const key = [box.width, box.height, neighbors(sources, box.id), neighbors(targets, box.id)].join('\n\n')
    const group = groups.get(key)
    if (group) group.push(box)
    else groups.set(key, [box])
  }
  return [...groups.values()]
}

function gridOf(twins: readonly Box[], most: number, gap: number): Grid | undefined {
  const [first] = twins
  if (!first) return undefined
  const columns = Math.ceil(twins.length / most)
  const rows = Math.ceil(twins.length / columns)
  const [stepX, stepY] = [first.width + gap, first.height + ROW_GAP]
  const height = 2 * BORDER + rows * stepY - ROW_GAP
  const [width, middle] = [2 * BORDER + columns * stepX - gap, height / 2]
  const grid: Grid = { id: first.id, width, height, inY: middle, outY: middle, cells: new Map() }
  for (const [index, { id }] of twins.entries()) {
    const [column, row] = [index % columns, Math.floor(index / columns)]
    grid.cells.set(id, { grid, x: BORDER + column * stepX, y: BORDER + row * stepY })
  }
  return grid
}

function restored({ boxes, lines }: ScopeInput, cells: ReadonlyMap<string, Cell>, laid: Laid): Laid {
  if (cells.size === 0) return laid
  const byId = new Map(boxes.map((box) => [box.id, box]))
  const cornerOf = (id: string) => laid.places.get(id) ?? { x: 0, y: 0 }
  const places: Places = new Map()
  for (const { id } of boxes) {
    const cell = cells.get(id)
    const { x, y } = cornerOf(cell?.grid.id ?? id)
    places.set(id, cell ? { x: x + cell.x, y: y + cell.y } : { x, y })
  }
  /** From a box to the border of its grid: below its row. */
  const wayOut = (id: string): Point[] => {
    const [cell, box, place] = [cells.get(id), byId.get(id), places.get(id)]
    if (!cell || !box || !place) return []
    const corner = cornerOf(cell.grid.id)
    const [aside, below] = [place.x + box.width + ASIDE, place.y + box.height + ABOVE]
    const border = corner.x + cell.grid.width - BORDER + ASIDE
    const last = aside >= border
    return [
      [aside, place.y + box.outY],
      ...(last
        ? []
        : ([
            [aside, below],
            [border, below],
          ] as const)),
      [border, corner.y + cell.grid.outY],
    ]
  }
  /** From the border of its grid to a box: above its row. */
  const wayIn = (id: string): Point[] => {
    const [cell, box, place] = [cells.get(id), byId.get(id), places.get(id)]
    if (!cell || !box || !place) return []
    const corner = cornerOf(cell.grid.id)
    const [aside, above] = [place.x - ASIDE, place.y - ABOVE]
    const border = corner.x + BORDER - ASIDE
    const first = aside <= border
    return [
      [border, corner.y + cell.grid.inY],
      ...(first
        ? []
        : ([
            [border, above],
            [aside, above],
          ] as const)),
      [aside, place.y + box.inY],
    ]
  }
  const groupOf = (id: string) => cells.get(id)?.grid.id ?? id
  const routes = new Map(
    lines.map(({ source, target }) => {
      const between = laid.routes.get(`${groupOf(source)}→${groupOf(target)}`) ?? []
      return [`${source}→${target}`, [...wayOut(source), ...between, ...wayIn(target)]]
    }),
  )
  return { places, routes }
}
