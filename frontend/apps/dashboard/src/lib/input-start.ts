// The beginning of a run's input as the server returns it: JSON that is cut off after some thousand bytes. It is turned
// into a table, a text or lines here. Numbers are not parsed, so that they are shown as they were sent.

export type CellKind = 'number' | 'text' | 'truth' | 'empty' | 'list' | 'object'

export interface Cell {
  kind: CellKind
  text: string
  /** Why it differs from the other values of its column. */
  odd?: string
}

export interface Column {
  name: string
  /** The type of its values; `mixed` if no type prevails. */
  type: string
}

export interface Table {
  columns: Column[]
  /** In the order of the columns; undefined if the row has no value for a column. */
  rows: (Cell | undefined)[][]
}

const SPACE = /[ \t\n\r]*/y
function space(text: string, at: number): number {
  SPACE.lastIndex = at
  return at + (SPACE.exec(text)?.[0].length ?? 0)
}

/** The end of the value that begins here; undefined if the text ends before it. */
function endOf(text: string, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const sign = text.charAt(at)
    if (sign === '"') {
      const end = stringEnd(text, at)
      if (end === undefined) return undefined
      at = end - 1
      if (depth === 0) return end
    } else if (sign === '{' || sign === '[') depth++
    else if (sign === '}' || sign === ']') {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (sign === ',' || /\s/.test(sign))) return at
  }
  return undefined
}

function stringEnd(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++
    else if (text.charAt(at) === '"') return at + 1
  }
  return undefined
}

/** The complete fields of an object, and the end of the object if it is complete. */
function fieldsOf(text: string, from: number): { fields: [string, string][]; end: number | undefined } {
  const fields: [string, string][] = []
  let at = space(text, from + 1)
  while (text.charAt(at) === '"') {
    const name = stringEnd(text, at)
    if (name === undefined) break
    const colon = space(text, name)
    const begin = space(text, colon + 1)
    const end = endOf(text, begin)
    if (end === undefined) break
    fields.push([JSON.parse(text.slice(at, name)) as string, text.slice(begin, end)])
    at = space(text, end)
    if (text.charAt(at) === '}') return { fields, end: at + 1 }
    at = space(text, at + 1)
  }
  return { fields, end: text.charAt(at) === '}' ? at + 1 : undefined }
}

const ROWS = /^\s*\{\s*"rows"\s*:\s*\[/
/** The maximum number of rows shown. */
const MAX_ROWS = 20

/** The input as a table, if it is `{"rows": [{…}, …]}`. A row that is cut off is omitted, unless it is the only one. */
export function tableOf(start: string): Table | undefined {
  let at = ROWS.exec(start)?.[0].length
  if (at === undefined) return undefined
  const read: [string, string][][] = []
  while (read.length < MAX_ROWS) {
    at = space(start, at)
    if (start.charAt(at) !== '{') break
    const { fields, end } = fieldsOf(start, at)
    if (end !== undefined || read.length === 0) read.push(fields)
    if (end === undefined) break
    at = space(start, end)
    if (start.charAt(at) === ',') at++
    else break
  }
  const names = [...new Set(read.flatMap((fields) => fields.map(([name]) => name)))]
  if (names.length === 0) return undefined
  const rows = read.map((fields) => {
    const row = new Map(fields)
    return names.map((name) => cellOf(row.get(name)))
  })
  const columns = names.map((name, index) => ({ name, type: columnType(rows.map((row) => row[index])) }))
  return { columns, rows }
}

function cellOf(raw: string | undefined): Cell | undefined {
  if (raw === undefined) return undefined
  if (raw === 'null' || raw === '""') return { kind: 'empty', text: '' }
  if (raw.startsWith('"')) return { kind: 'text', text: JSON.parse(raw) as string }
  if (raw.startsWith('{')) return { kind: 'object', text: raw }
  if (raw.startsWith('[')) return { kind: 'list', text: raw }
  return { kind: raw === 'true' || raw === 'false' ? 'truth' : 'number', text: raw }
}

const NUMBER = /^\s*[+-]?\p{Sc}?\s?\d[\d.,' \u00a0\u202f]*\s?[%\p{Sc}]?\s*$/u
const words: Record<CellKind, string> = {
  number: 'number',
  text: 'text',
  truth: 'true or false',
  empty: 'empty',
  list: 'list',
  object: 'object',
}
/** With fewer values, no type is assumed. */
const MIN_VALUES = 3

/** Determines the type of a column and marks the values that differ from it. */
function columnType(cells: readonly (Cell | undefined)[]): string {
  const given = cells.filter((cell): cell is Cell => cell !== undefined && cell.kind !== 'empty')
  for (const cell of given) {
    if (cell.text.includes('\ufffd')) cell.odd = 'A character of this value could not be decoded'
    else if (cell.kind === 'text' && cell.text !== cell.text.trim()) cell.odd = 'This value begins or ends with a space'
  }
  if (given.length === 0) return 'empty'
  const kinds = new Map<CellKind, number>()
  for (const { kind } of given) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const [main, times] = [...kinds].toSorted(([, a], [, b]) => b - a)[0] ?? ['text', 0]
  if (times < given.length) {
    if (given.length < MIN_VALUES || times * 2 <= given.length) return 'mixed'
    for (const cell of given)
      if (cell.kind !== main) cell.odd = `A ${words[cell.kind]} in a column that is ${words[main]} elsewhere`
    return words[main]
  }
  // A column is numeric only if all its values are; the values that prevented it are worth a look.
  const like = given.filter((cell) => main === 'text' && NUMBER.test(cell.text))
  if (given.length >= MIN_VALUES && like.length < given.length && like.length * 2 > given.length)
    for (const cell of given)
      if (!like.includes(cell)) cell.odd = 'The other values look like numbers; this value makes the column text'
  return words[main]
}

const TEXT = /^\s*\{\s*"text"\s*:\s*"/

/** The input as a text, if it is one: `{"text": "…"}`, as far as it is present. */
export function textOf(start: string): string | undefined {
  const from = TEXT.exec(start)?.[0].length
  if (from === undefined) return undefined
  const end = stringEnd(start, from - 1)
  if (end !== undefined && start.charAt(space(start, end)) === ',') return undefined
  const raw = end === undefined ? start.slice(from) : start.slice(from, end - 1)
  // Omit an escape that is cut off.
  const whole = raw.replace(/(?<=^|[^\\])((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?$/, '$1')
  try {
    return JSON.parse(`"${whole}"`) as string
  } catch {
    return undefined
  }
}

/** The same JSON with each part on its own line and nothing else changed. The JSON may be cut off anywhere. */
export function inLines(start: string): string {
  let out = ''
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  for (let at = 0; at < start.length; at++) {
    const sign = start.charAt(at)
    if (sign === '"') {
      const end = stringEnd(start, at) ?? start.length
      out += start.slice(at, end)
      at = end - 1
    } else if (sign === '{' || sign === '[') {
      const next = space(start, at + 1)
      const close = start.charAt(next)
      if (close === '}' || close === ']') {
        out += sign + close
        at = next
      } else {
        depth++
        out += sign + line()
      }
    } else if (sign === '}' || sign === ']') {
      depth = Math.max(0, depth - 1)
      out += line() + sign
    } else if (sign === ',') out += sign + line()
    else if (sign === ':') out += ': '
    else if (!/\s/.test(sign)) out += sign
  }
  return out.trimEnd()
}
