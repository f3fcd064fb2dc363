// Completion in templates: what stands before the cursor, and which names fit. What is visible from a stage comes from
// the server (`use-visible.ts`).

export interface VisibleName {
  /** What is put into the template, such as `upstream.fetch.body`. */
  text: string
  /** What it is. */
  about: string
}

/** The expression before the cursor. */
export interface Prefix {
  /** Where the name begins that is being typed. */
  from: number
  /** The part of it that is typed. */
  name: string
}

/** What is being typed in a template; undefined outside of one. */
export function prefixAt(text: string, cursor: number): Prefix | undefined {
  const before = text.slice(0, cursor)
  const open = before.lastIndexOf('{{')
  if (open === -1 || before.indexOf('}}', open) !== -1) return undefined
  const inside = before.slice(open + 2)
  // Nothing is completed inside of a quoted text.
  if ((inside.match(/"/g)?.length ?? 0) % 2 === 1 || (inside.match(/'/g)?.length ?? 0) % 2 === 1) return undefined
  const name = /(?:[\w.-]|\[(?:\d+|'[^']*')\])*$/.exec(inside)?.[0] ?? ''
  return { from: cursor - name.length, name }
}

const MOST = 50

/** The names that fit, those that begin with what is typed first. */
export function fitting(names: readonly VisibleName[], { name }: Prefix): readonly VisibleName[] {
  const wanted = name.toLowerCase()
  const found = names.filter((each) => each.text.toLowerCase().includes(wanted) && each.text !== name)
  const begins = found.filter((each) => each.text.toLowerCase().startsWith(wanted))
  const deeper = wanted.split('.').length
  const rank = ({ text }: VisibleName) => Math.max(0, text.split('.').length - deeper)
  const others = found.filter((each) => !begins.includes(each))
  return [...begins.toSorted((a, b) => rank(a) - rank(b)), ...others].slice(0, MOST)
}

/** Puts a name into the text; the template is closed if it is not. */
export function completed(
  text: string,
  cursor: number,
  { from }: Prefix,
  name: string,
): { text: string; cursor: number } {
  const rest = text.slice(cursor)
  const closed = /^[^{]*?\}\}/.test(rest)
  const spaced = text.slice(0, from).endsWith('{{ ')
  const end = closed ? '' : spaced ? ' }}' : '}}'
  return { text: `${text.slice(0, from)}${name}${end}${rest}`, cursor: from + name.length + end.length }
}
