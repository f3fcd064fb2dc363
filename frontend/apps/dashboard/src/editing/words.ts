// What is said about a draft.

import { count } from '../lib/words.ts'
import type { Person } from './link.ts'
import type { Shown } from './session.ts'
import { type UnsavedOf, isUnsaved } from './sync.ts'

export type Standing = 'saved' | 'saving' | 'unsaved' | 'conflict'

export interface StatusWords {
  standing: Standing
  text: string
}

export function statusOf({ sync, cutOff }: Shown): StatusWords {
  if (sync.conflict) {
    return { standing: 'conflict', text: 'Not saved: you and somebody else changed the same. Choose what stays.' }
  }
  switch (sync.trouble?.kind) {
    case 'unreachable':
      return { standing: 'unsaved', text: 'Not saved: the server is unreachable; your text is kept' }
    case 'unreadable': {
      const others = sync.waiting ? ' Changes of others wait for it.' : ''
      return { standing: 'unsaved', text: `Not saved: the text is not complete; your text is kept.${others}` }
    }
    case 'refused':
      return { standing: 'unsaved', text: 'Not saved: the server refused it; your text is kept' }
  }
  if (sync.flight || isUnsaved(sync) || sync.wanted.length > 0) return { standing: 'saving', text: 'Saving …' }
  if (cutOff) return { standing: 'saved', text: 'Saved. The server is unreachable: changes of others are not shown.' }
  const { unsaved, baseNumber } = sync.about
  return { standing: 'saved', text: unsaved.length > 0 ? 'Saved' : `No changes since version ${baseNumber}` }
}

/** `Grace (2 changes) and key ci (1 change)`. */
export const whose = (all: readonly UnsavedOf[]): string =>
  listOf(all.map(({ name, changes }) => `${name} (${count(changes, 'change')})`))

export const listOf = (words: readonly string[]): string => new Intl.ListFormat('en').format(words)

/** `Grace, at prompt of draft-reply`. */
export function personWords({ name, stage, field }: Person): string {
  const last = field?.split('.').at(-1)
  if (stage) return last ? `${name}, at ${last} of ${stage}` : `${name}, at ${stage}`
  return last ? `${name}, at ${last}` : name
}

/** A value of an edit, for showing both sides of a conflict. */
export function sideWords(edit: unknown): string | undefined {
  if (typeof edit !== 'object' || edit === null) return undefined
  const { op, value } = edit as { op?: unknown; value?: unknown }
  if (op === 'unsetField') return 'removed'
  if (op === 'removeStage') return 'the stage removed'
  if (op === 'renameStage') return `renamed to ${String((edit as { to?: unknown }).to)}`
  return value === undefined ? undefined : JSON.stringify(value)
}
