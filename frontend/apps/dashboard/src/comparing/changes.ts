// A difference as a list of changes: one for each stage, and one for the pipeline itself. What only follows from another
// change, and what only places stages, is told apart, because neither is what somebody looks for.

import type { DifferenceFieldsFragment, FieldChangeFieldsFragment } from '@flowmason/graphql/editing'
import { COMPONENT_KEYS, INPUT_KEYS } from '../editing/file-keys.ts'
import { listOf } from '../editing/words.ts'
import { count } from '../lib/words.ts'

/** In which way something differs. `follows`: only names of renamed stages. `layout`: only places. */
export type ChangeKind = 'pipeline' | 'added' | 'removed' | 'changed' | 'renamed' | 'moved' | 'follows' | 'layout'

export type FieldChange = FieldChangeFieldsFragment

export interface Change {
  /** Unique in the list. */
  key: string
  kind: ChangeKind
  /** The id of the stage: the new one, or the old one of a removed stage. Null for the pipeline itself. */
  stage: string | null
  component: string
  /** What happened besides its fields, such as `renamed from x`. */
  words: string
  /** The fields that differ, without those that only place the stage. */
  fields: readonly FieldChange[]
  /** All of an added or removed stage. */
  whole?: Record<string, unknown>
}

const isLayout = ({ field }: FieldChange) => field === 'position'

/** Whether a field of the file is only about how its canvas looks, such as notes. */
function isOfCanvas({ field, before, after }: FieldChange): boolean {
  if (field !== 'metadata') return field === 'metadata.canvas' || field.startsWith('metadata.canvas.')
  // All of it was added or removed.
  const [all, ...more] = [before, after].filter((each) => each !== null && each !== undefined)
  return more.length === 0 && Object.keys(objectOf(all)).join() === 'canvas'
}

/** A value of the JSON scalar as an object; empty if it is none. */
const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** Where a stage runs: `the top level`, or `each (loop)`. */
const placeOf = (control: readonly string[] | null | undefined): string =>
  control && control.length > 0
    ? listOf(control.map((each) => each.replace(/^(.*)\/(.*)$/, '`$1` ($2)')))
    : 'the top level'

type Changed = DifferenceFieldsFragment['changed'][number]

function changeOf({ kinds, before, after, fields }: Changed): Change {
  const own = fields.filter((each) => !isLayout(each))
  const renamed = kinds.includes('RENAMED')
  const elsewhere = before.control != null || after.control != null
  const words = [
    renamed && `renamed from \`${before.id}\``,
    elsewhere && `moved from ${placeOf(before.control)} to ${placeOf(after.control)}`,
    !elsewhere && kinds.includes('MOVED') && 'elsewhere in the file',
    fields.some(isLayout) && 'elsewhere on the canvas',
  ]
  const kind = (): ChangeKind => {
    if (own.some((each) => !each.followsRename)) return 'changed'
    if (renamed) return 'renamed'
    if (elsewhere) return 'moved'
    return own.length > 0 ? 'follows' : 'layout'
  }
  return {
    key: `stage:${after.id}`,
    kind: kind(),
    stage: after.id,
    component: after.component,
    words: listOf(words.filter((each) => each !== false)),
    fields: own,
  }
}

/** The changes in the order in which they are shown: the pipeline, what is new, what is gone, and what differs. */
export function changesOf({ fields: all, added, removed, changed }: DifferenceFieldsFragment): Change[] {
  const entry = (kind: 'added' | 'removed') => (each: DifferenceFieldsFragment['added'][number]) => ({
    key: `stage:${each.id}`,
    kind,
    stage: each.id,
    component: each.component,
    words: '',
    fields: [],
    whole: objectOf(each.stage),
  })
  const list: Change[] = []
  const fields = all.filter((each) => !isOfCanvas(each))
  if (fields.length > 0) list.push({ key: 'pipeline', kind: 'pipeline', stage: null, component: '', words: '', fields })
  return [...list, ...added.map(entry('added')), ...removed.map(entry('removed')), ...changed.map(changeOf)].toSorted(
    (a, b) => order.indexOf(a.kind) - order.indexOf(b.kind),
  )
}

const order: readonly ChangeKind[] = [
  'pipeline',
  'added',
  'removed',
  'changed',
  'renamed',
  'moved',
  'follows',
  'layout',
]

/** `2 added · 1 removed · 3 changed`. What follows a renaming is no change of its own. */
export function countWords(changes: readonly Change[]): string {
  const words = (['added', 'removed', 'changed', 'renamed', 'moved'] as const).flatMap((kind) => {
    const n = changes.filter((each) => each.kind === kind).length
    return n > 0 ? [`${n.toLocaleString('en')} ${kind}`] : []
  })
  const pipeline = changes.find((each) => each.kind === 'pipeline')
  if (pipeline) words.push(`${count(pipeline.fields.length, 'field')} of the pipeline`)
  return words.join(' · ')
}

/** The fields of a stage that are shown when it is there in one of the versions only. */
export function wholeFields(stage: Record<string, unknown>): [field: string, value: unknown][] {
  const known = new Set(['id', 'position', ...COMPONENT_KEYS])
  return Object.entries(stage).flatMap(([field, value]): [string, unknown][] => {
    if (known.has(field)) return []
    if (INPUT_KEYS.includes(field))
      return Object.entries(objectOf(value)).map(([name, each]) => [`${field}.${name}`, each])
    return [[field, value]]
  })
}

/** In one line, for lists without values: `config.prompt of draft`. */
export function shortWords({ kind, stage, words, fields }: Change): string {
  const names = fields.filter((each) => !each.followsRename).map(({ field }) => `\`${field}\``)
  const some = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more fields`] : names
  const what = listOf(some)
  if (kind === 'pipeline') return `${what} of the pipeline`
  if (kind === 'added' || kind === 'removed') return `\`${stage}\` ${kind}`
  return [`\`${stage}\``, [words, what].filter(Boolean).join(', ')].join(': ')
}
