// The ways of edges from one line of a folded layout to a later one: on the right of the source down into the gutter
// below its line, back to the left, and down to the target; to a line further down, also along the margin. Tracks are
// ordered so that edges between stages in the same order do not cross.

import type { Places, ScopeInput } from './scope.ts'

/** The distance between two tracks. */
export const TRACK = 6
/** The distance of a single track from the boxes. */
const ASIDE = 20
/** The space for tracks between two columns, and at the end of a line. */
const [BETWEEN_COLUMNS, AT_THE_END] = [28, 120]

export interface Column {
  ids: string[]
  left: number
  right: number
}
/** A layout in columns, and the line of each column. */
export interface Lines {
  columns: readonly Column[]
  columnOf: ReadonlyMap<string, number>
  lineOf: readonly number[]
}

export interface Turn {
  source: string
  target: string
  /** The distances of the vertical parts from the right of the source's column and the left of the target's. */
  out: number
  into: number
  /** Gutters (by the line above) and the track in each. */
  first: readonly [gutter: number, track: number]
  last: readonly [gutter: number, track: number]
  /** For an edge to a line further down: its distance from the left of the lines. */
  margin: number | undefined
}

export interface Turns {
  turns: Turn[]
  /** The number of tracks by gutter. */
  tracks: number[]
  /** The space needed on the left of the lines. */
  indent: number
}

const listIn = <Key, Value>(map: Map<Key, Value[]>, key: Key): Value[] => {
  const list = map.get(key) ?? []
  map.set(key, list)
  return list
}

/** The distance of one of several vertical parts beside a column. */
function offset(rank: number, count: number, atEnd: boolean): number {
  const step = Math.min(TRACK, (atEnd ? AT_THE_END : BETWEEN_COLUMNS) / count)
  return ASIDE + (atEnd ? rank : rank - (count - 1) / 2) * step
}

export function turnsOf(input: ScopeInput, places: Places, { columns, columnOf, lineOf }: Lines): Turns {
  const columnAt = (id: string) => columnOf.get(id) ?? 0
  const lineAt = (id: string) => lineOf[columnAt(id)] ?? 0
  const heightOf = (id: string) => places.get(id)?.y ?? 0
  const turning = input.lines.filter(({ source, target }) => lineAt(target) > lineAt(source))
  if (turning.length === 0) return { turns: [], tracks: [], indent: 0 }

  // On the right of a column, the lowest source turns first, and has the highest track.
  const sources = [...new Set(turning.map(({ source }) => source))].toSorted(
    (a, b) => columnAt(a) - columnAt(b) || heightOf(b) - heightOf(a),
  )
  const [leaving, gutters] = [new Map<number, string[]>(), new Map<number, string[]>()]
  for (const source of sources) {
    listIn(leaving, columnAt(source)).push(source)
    listIn(gutters, lineAt(source)).push(source)
  }
  const isFar = ({ source, target }: Turning) => lineAt(target) > lineAt(source) + 1
  const far = turning.filter(isFar)
  for (const { source, target } of far) {
    const tracks = listIn(gutters, lineAt(target) - 1)
    if (!tracks.includes(source)) tracks.push(source)
  }
  const trackOf = (gutter: number, source: string) => [gutter, listIn(gutters, gutter).indexOf(source)] as const

  // On the left of a column, the lowest track enters first.
  const entering = new Map<number, number[]>()
  for (const { source, target } of turning) {
    const tracks = listIn(entering, columnAt(target))
    const [, track] = trackOf(lineAt(target) - 1, source)
    if (!tracks.includes(track)) tracks.push(track)
  }
  for (const tracks of entering.values()) tracks.sort((a, b) => b - a)
  const intoOf = (target: string, track: number) => {
    const [column, tracks] = [columnAt(target), listIn(entering, columnAt(target))]
    return offset(tracks.indexOf(track), tracks.length, lineOf[column] !== lineOf[column - 1])
  }
  const turns = turning.map((edge): Turn => {
    const { source, target } = edge
    const [column, beside] = [columnAt(source), listIn(leaving, columnAt(source))]
    const last = trackOf(lineAt(target) - 1, source)
    return {
      source,
      target,
      out: offset(beside.indexOf(source), beside.length, lineOf[column] !== lineOf[column + 1]),
      into: intoOf(target, last[1]),
      first: trackOf(lineAt(source), source),
      last,
      margin: undefined,
    }
  })
  const atLeft = turns.filter(
    ({ target }) => (columns[columnAt(target)]?.left ?? 0) === lineLeft(columns, lineOf, lineAt(target)),
  )
  const taken = Math.max(0, ...atLeft.map(({ into }) => into))
  const slots = marginSlots(far, lineAt)
  for (const turn of turns) if (isFar(turn)) turn.margin = taken + TRACK + (slots.get(turn.source) ?? 0) * TRACK
  const needed = Math.max(taken, ...turns.map(({ margin }) => margin ?? 0))
  return {
    turns,
    tracks: Array.from({ length: lineOf.at(-1) ?? 0 }, (_, gutter) => listIn(gutters, gutter).length),
    indent: Math.max(0, needed - ASIDE),
  }
}

type Turning = ScopeInput['lines'][number]

const lineLeft = (columns: readonly Column[], lineOf: readonly number[], line: number) =>
  columns[lineOf.indexOf(line)]?.left ?? 0

/** A slot in the margin for each source; sources whose parts there do not overlap share one. */
function marginSlots(far: readonly Turning[], lineAt: (id: string) => number): Map<string, number> {
  const ends = new Map<string, number>()
  for (const { source, target } of far) ends.set(source, Math.max(ends.get(source) ?? 0, lineAt(target) - 1))
  const [slots, free] = [new Map<string, number>(), [] as number[]]
  for (const [source, end] of [...ends].toSorted(([a], [b]) => lineAt(a) - lineAt(b))) {
    const found = free.findIndex((each) => each < lineAt(source))
    const slot = found < 0 ? free.length : found
    free[slot] = end
    slots.set(source, slot)
  }
  return slots
}
