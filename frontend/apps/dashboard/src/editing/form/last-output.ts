// The fields that the output of a stage had in the last run, for completion.

import { isObject } from '../../lib/json-text.ts'
import type { VisibleName } from './completion.ts'

const DEEPEST = 3
const MOST = 200
/** The most letters of a value that are shown. */
const SHORT = 60

/** The fields inside of an output. Of a list, those of its first item. */
export function namesIn(output: unknown, start: string): readonly VisibleName[] {
  const names: VisibleName[] = []
  const visit = (value: unknown, at: string, depth: number) => {
    if (names.length >= MOST) return
    if (depth > 0) names.push({ text: at, about: `last run: ${shortOf(value)}` })
    if (depth >= DEEPEST) return
    if (Array.isArray(value) && value.length > 0) visit(value[0], `${at}[0]`, depth + 1)
    if (isObject(value)) for (const [key, inner] of Object.entries(value)) visit(inner, dotted(at, key), depth + 1)
  }
  visit(output, start, 0)
  return names
}

function shortOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1' : `a list of ${value.length}`
  if (isObject(value)) return 'an object'
  const text = JSON.stringify(value)
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text
}

/** A name that cannot follow a dot is written in brackets. */
const dotted = (start: string, name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? `${start}.${name}` : `${start}['${name.replaceAll(/[\\']/g, '\\$&')}']`
