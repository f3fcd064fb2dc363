// Between the text of a field and its value.

import { faultWords, readJson } from '../../lib/json-text.ts'
import type { Typed } from './held.ts'
import { type Bounds, isTemplate, wordOf } from './schema.ts'

/** The text of a value that a control shows as a line: text as it is, anything else as JSON. */
export const lineOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)

export const prettyOf = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value, null, 2))

/** An empty text is no value, unless it is to stay a text. */
export const readText =
  (keeps: boolean) =>
  (text: string): Typed =>
    text === '' && !keeps ? { none: true } : { value: text }

export function readNumber(text: string, whole: boolean, bounds: Bounds): Typed {
  const trimmed = text.trim()
  if (trimmed === '') return { none: true }
  // The server computes what a template gives.
  if (isTemplate(trimmed)) return { value: trimmed }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed)) return { fault: `${trimmed} is not a number.` }
  const value = Number(trimmed)
  if (!Number.isFinite(value)) return { fault: `${trimmed} is not a number.` }
  if (whole && !Number.isInteger(value)) return { fault: `${trimmed} is not a whole number.` }
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return { fault: 'This number is too large for the form. Change it in the text.' }
  return isWithin(value, bounds) ? { value } : { fault: `This takes ${boundsWords(bounds)}.` }
}

const isWithin = (
  value: number,
  { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity }: Bounds,
): boolean => value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum

/** `a number from 0 to 2`. */
export function boundsWords({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Bounds): string {
  const [low, high] = [minimum ?? exclusiveMinimum, maximum ?? exclusiveMaximum]
  const above = minimum === undefined ? `above ${low}` : `of at least ${low}`
  const below = maximum === undefined ? `below ${high}` : `of at most ${high}`
  if (low === undefined) return high === undefined ? 'a number' : `a number ${below}`
  if (high === undefined) return `a number ${above}`
  return minimum !== undefined && maximum !== undefined
    ? `a number from ${low} to ${high}`
    : `a number ${above} and ${below}`
}

export function readJsonText(text: string): Typed {
  if (text.trim() === '') return { none: true }
  const reading = readJson(text)
  return 'fault' in reading ? { fault: faultWords(reading.fault) } : { value: reading.value }
}

/** The options of a list by their words. An empty word is no value. */
export function readOption(word: string, options: readonly unknown[]): Typed {
  if (word === '') return { none: true }
  const found = options.find((each) => wordOf(each) === word)
  return { value: found === undefined ? word : found }
}

/** The word of an option that a value means, with another spelling if the component allows it. */
export function optionOf(value: unknown, options: readonly unknown[], anyCase: boolean): string {
  if (value === undefined || value === null) return ''
  const word = wordOf(value)
  if (!anyCase || typeof value !== 'string') return word
  const plain = value.trim().toLowerCase()
  const found = options.find((each) => typeof each === 'string' && each.toLowerCase() === plain)
  return found === undefined ? word : wordOf(found)
}

/** What a field without a value shows. */
export function placeholderOf(fallback: unknown): string | undefined {
  if (fallback === undefined || fallback === null) return undefined
  return lineOf(fallback)
}
