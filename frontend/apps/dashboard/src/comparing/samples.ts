// Differences for tests.

import type { DifferenceFieldsFragment } from '@flowmason/graphql/editing'
import type { FieldChange } from './changes.ts'

export const nothing: DifferenceFieldsFragment = {
  same: false,
  onlyLayout: false,
  fields: [],
  added: [],
  removed: [],
  changed: [],
}

export const field = (name: string, before: unknown, after: unknown, followsRename = false): FieldChange => ({
  kind: before === undefined ? 'ADDED' : after === undefined ? 'REMOVED' : 'CHANGED',
  field: name,
  before: before ?? null,
  after: after ?? null,
  followsRename,
})

type Changed = DifferenceFieldsFragment['changed'][number]

interface Part {
  /** The old id of a renamed stage. */
  from?: string
  fields?: FieldChange[]
  control?: [before: string[], after: string[]]
}

/** A stage that both have. */
export const stage = (id: string, part: Part): Changed => ({
  kinds: [
    ...(part.fields?.length ? (['MODIFIED'] as const) : []),
    ...(part.control ? (['MOVED'] as const) : []),
    ...(part.from ? (['RENAMED'] as const) : []),
  ],
  before: { id: part.from ?? id, control: part.control?.[0] ?? null },
  after: { id, component: 'logger', control: part.control?.[1] ?? null },
  fields: part.fields ?? [],
})

export const entry = (id: string, config: object = {}) => ({
  id,
  component: 'logger',
  stage: { id, component: 'logger', config },
})
