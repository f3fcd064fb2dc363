// The edits of which a change of a pipeline consists, as docs/editing.md has them. The server applies them.

import type { Meeting } from './sync.ts'

/** Where a new thing stands. The name is that of a stage, or of a key for `setField`. */
export type At = 'first' | 'last' | { before: string } | { after: string }

/** A list of a control stage: `list` is the component's own name for it, `key` the key in an object of lists. */
export interface ListOf {
  control: string
  list: string
  key?: string
}

export type Path = readonly (string | number)[]

/** A stage as it stands in the file. */
export type StageValue = { id: string } & Record<string, unknown>

export type Edit =
  | { op: 'addStage'; value: StageValue; into?: ListOf; at?: At }
  | { op: 'removeStage'; stage: string; keepReferences?: boolean }
  | { op: 'renameStage'; stage: string; to: string }
  | { op: 'moveStage'; stage: string; into?: ListOf; at?: At }
  | { op: 'reorderStage'; stage: string; at?: At }
  | { op: 'include'; stage: string; into: ListOf; at?: At }
  | { op: 'exclude'; stage: string; from: ListOf }
  | { op: 'connect'; stage: string; on: string; at?: At }
  | { op: 'disconnect'; stage: string; on: string }
  | { op: 'setField'; stage?: string; path: Path; value: unknown; at?: At }
  | { op: 'unsetField'; stage?: string; path: Path }

/** Edits that are made together, and undone together. */
export interface Batch {
  changeId: string
  edits: readonly Edit[]
}

/** What became of edits. */
export type Outcome =
  | { ok: true }
  | {
      ok: false
      message: string
      /** The field of the edit that the server refused. */
      field?: string | undefined
      /** Where somebody else changed the same. */
      meetings?: readonly Meeting[]
    }

/** The most edits of one change. */
export const MOST_EDITS = 1000
