// Copying stages as JSON and adding them to a pipeline: `{"stages": [ … ]}`, as they stand in a file. A whole pipeline,
// a list of stages and a single stage can be pasted, too.

import { componentKey, entryOf } from '@flowmason/pipeline-canvas'
import { isObject, readJson } from '../../lib/json-text.ts'
import { type Edit, type ListOf, MOST_EDITS, type StageValue } from '../edits.ts'
import { INPUT_KEYS, componentOf } from '../file-keys.ts'
import { freshId } from './ids.ts'
import { type Renames, renamedIn } from './references.ts'

type Json = Record<string, unknown>
const isStage = (value: unknown): value is StageValue => isObject(value) && typeof value['id'] === 'string'

/** The stages of a text: a pipeline, a list of stages, or one stage. Undefined if it has none. */
export function stagesIn(text: string): StageValue[] | undefined {
  const reading = readJson(text)
  if ('fault' in reading) return undefined
  const { value } = reading
  const list = isObject(value) && 'stages' in value ? value['stages'] : Array.isArray(value) ? value : [value]
  if (!Array.isArray(list) || list.length === 0) return undefined
  const stages = list.filter(isStage)
  return stages.length === list.length ? stages : undefined
}

/** The longest text that is pasted, in characters. The server takes no longer file. */
export const MOST_TEXT = 1_000_000

/** These stages of a draft's text, to be copied. */
export function copyOf(text: string, ids: readonly string[]): string | undefined {
  const wanted = new Set(ids)
  const stages = stagesIn(text)?.filter(({ id }) => wanted.has(id))
  return stages && stages.length > 0 ? JSON.stringify({ stages }, null, 2) : undefined
}

/** The fields with lists of inner stages, in all spellings. */
const LISTS: Record<string, readonly string[]> = {
  foreach: ['loop_stages', 'stages', 'stage'],
  conditional: ['true', 'false', 'then', 'else'].flatMap((name) =>
    ['branch_stages', 'stages', 'branch', 'stage'].map((end) => `${name}_${end}`),
  ),
  trycatch: ['try_stages', 'catch_stages', 'finally_stages'],
  router: ['routes', 'default_route', 'default', 'default_stages'],
}

/** The names of a router's routes. */
export function routesOf(stage: Json | undefined): string[] {
  const settings = INPUT_KEYS.map((key) => stage?.[key]).filter(isObject)
  return settings.flatMap(({ routes }) => (isObject(routes) ? Object.keys(routes) : []))
}

export interface Pasting {
  edits: Edit[]
  /** The new ids, in the order of the copy. */
  ids: string[]
}

export interface Place {
  /** The ids that stages of the pipeline have. */
  taken: ReadonlySet<string>
  /** The list of a control stage that gets what no other copied stage runs. */
  into?: ListOf | undefined
}

/** The most stages that can be pasted at once. */
export const MOST_STAGES = MOST_EDITS

/** How far from the original a copy is, if it was placed by hand. */
const ASIDE = { x: 40, y: 80 }

/**
 * Adds copies of stages: with ids of their own, references inside of the copy renamed, and without dependencies on
 * stages that are not there.
 */
export function pasted(stages: readonly StageValue[], { taken, into }: Place): Pasting {
  const ids = new Set(taken)
  const renames = new Map<string, string>()
  for (const { id } of stages) {
    const fresh = freshId(id, ids)
    ids.add(fresh)
    renames.set(id, fresh)
  }
  const known = new Set([...taken, ...renames.keys()])
  const changed: Renames = new Map([...renames].filter(([from, to]) => from !== to))
  const inner = new Set<string>()
  const values = stages.map((stage) => valueOf(stage, { renames, changed, known, taken, inner }))
  const edits = values.map((value): Edit =>
    into && !inner.has(value.id) ? { op: 'addStage', value, into } : { op: 'addStage', value },
  )
  return { edits, ids: values.map(({ id }) => id) }
}

interface Renaming {
  renames: Renames
  /** Those that are not the same as before. */
  changed: Renames
  known: ReadonlySet<string>
  taken: ReadonlySet<string>
  /** Gets the new ids of the stages that are in a list of another one. */
  inner: Set<string>
}

function valueOf(stage: StageValue, renaming: Renaming): StageValue {
  const { renames, changed, known, taken, inner } = renaming
  const lists = entryOf(LISTS, componentKey(componentOf(stage))) ?? []
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return renamedIn(value, changed, known)
    if (Array.isArray(value)) return value.map(deep)
    return isObject(value) ? mapped(value, (_, each) => deep(each)) : value
  }
  /** A list of a control stage: what is not copied is run by the original only. */
  const listed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.flatMap((id) => (typeof id === 'string' ? (taking(id) ?? []) : [id]))
    if (typeof value === 'string') return taking(value) ?? []
    return isObject(value) ? mapped(value, (_, each) => listed(each)) : value
  }
  const taking = (id: string): string | undefined => {
    const to = renames.get(id)
    if (to !== undefined) inner.add(to)
    return to
  }
  const waitsFor = (id: unknown): unknown[] => {
    if (typeof id !== 'string') return [id]
    const to = renames.get(id)
    return to !== undefined ? [to] : taken.has(id) ? [id] : []
  }
  return mapped(stage, (key, value) => {
    if (key === 'id') return renames.get(stage.id) ?? stage.id
    if (key === 'depends_on' && Array.isArray(value)) return value.flatMap(waitsFor)
    if (key === 'position' && taken.has(stage.id)) return moved(value)
    if (!INPUT_KEYS.includes(key) || !isObject(value)) return deep(value)
    return mapped(value, (name, each) => (lists.includes(name) ? listed(each) : deep(each)))
  }) as StageValue
}

const mapped = (object: Json, of: (key: string, value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, of(key, value)]))

function moved(position: unknown): unknown {
  if (!isObject(position)) return position
  const { x, y } = position
  if (typeof x !== 'number' || typeof y !== 'number') return position
  return { ...position, x: x + ASIDE.x, y: y + ASIDE.y }
}
