// A pipeline file as values, as far as bringing two of them together needs it: its fields, and its stages by their ids.

import { isObject, readJson } from '../lib/json-text.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface PipelineFile {
  /** The fields of the file, without its stages. */
  fields: Fields
  /** In the order of the file. */
  stages: ReadonlyMap<string, Fields>
}

/** More digits than a number of this page can have. */
const MANY_DIGITS = /\d[\d.]{15,}/
const TEXTS = /"(?:[^"\\]|\\.)*"/g

/**
 * Reads a file; undefined if it is not complete, if not every stage has an id of its own, or if it has a number that
 * this page would round.
 */
export function readFile(text: string): PipelineFile | undefined {
  const reading = readJson(text)
  if ('fault' in reading || !isObject(reading.value) || MANY_DIGITS.test(text.replaceAll(TEXTS, '""'))) return undefined
  const { stages: list = [], ...fields } = reading.value
  if (!Array.isArray(list)) return undefined
  const stages = new Map<string, Fields>()
  for (const stage of list as readonly unknown[]) {
    if (!isObject(stage)) return undefined
    const id = stage['id']
    if (typeof id !== 'string' || stages.has(id)) return undefined
    stages.set(id, stage)
  }
  return { fields, stages }
}

/** The file as a text that the checks can read. */
export const textOf = ({ fields, stages }: PipelineFile): string =>
  JSON.stringify({ ...fields, stages: [...stages.values()] }, null, 2)

/** Whether two values mean the same; the order of keys means nothing. Undefined is no value. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, at) => equal(each, (b as unknown[])[at]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
}

/** What an object has under a key of its own. A key can be any word, such as `constructor`, which every object has. */
export const fieldOf = (object: Fields, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined)
