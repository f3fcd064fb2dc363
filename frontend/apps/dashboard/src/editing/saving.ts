// Saves what is unsaved before something is done that names a revision of the draft, and says why it cannot be saved.

import type { ApiProblem } from '@flowmason/graphql'
import type { DraftSession, Shown } from './session.ts'
import { type SyncState, isHeld, isUnsaved } from './sync.ts'

export type Saved = { revision: number } | { problem: ApiProblem }

const CONFLICT: ApiProblem = {
  code: 'CONFLICT',
  message: 'You and somebody else changed the same place of the draft. Choose what stays first.',
}
const UNREADABLE: ApiProblem = {
  code: 'INVALID_JSON',
  message: 'The text of the draft is not complete. Complete it first.',
}
const REFUSED: ApiProblem = {
  code: 'INVALID_INPUT',
  message: 'The server refused the text of the draft. Correct it first.',
}
const UNREACHABLE: ApiProblem = {
  code: 'OFFLINE',
  message: 'The server cannot be reached. What you typed is kept. Try again once it responds.',
}
const LATE: ApiProblem = { code: 'TIMEOUT', message: 'What you changed is not saved yet. Try again once it is.' }

/** Why nothing can be made of the text as it is, until somebody changes it or decides. */
export function hindranceOf(sync: SyncState): ApiProblem | undefined {
  if (sync.conflict) return CONFLICT
  if (!isHeld(sync) || !isUnsaved(sync)) return undefined
  return sync.trouble?.kind === 'unreadable' ? UNREADABLE : REFUSED
}

/** Undefined while it is being saved. */
export function savedOf({ sync }: Pick<Shown, 'sync'>): Saved | undefined {
  const problem = hindranceOf(sync) ?? (sync.trouble?.kind === 'unreachable' ? UNREACHABLE : undefined)
  if (problem) return { problem }
  if (sync.flight || isUnsaved(sync) || sync.wanted.length > 0 || sync.unknown) return undefined
  return { revision: sync.base.revision }
}

/** Longer than a request may take without an answer. */
const PATIENCE_MS = 30_000

/** Saves what is unsaved, and waits until it is saved or cannot be. */
export function untilSaved(session: DraftSession, patience = PATIENCE_MS): Promise<Saved> {
  session.flush()
  const now = savedOf(session.state())
  if (now) return Promise.resolve(now)
  return new Promise((resolve) => {
    const end = (saved: Saved) => {
      clearTimeout(timer)
      unsubscribe()
      resolve(saved)
    }
    const timer = setTimeout(() => end({ problem: LATE }), patience)
    const unsubscribe = session.subscribe(() => {
      const saved = savedOf(session.state())
      // What was typed while the first part was on its way.
      if (!saved) session.flush()
      else end(saved)
    })
  })
}

/** Resolves once it holds for the draft as it is here. */
export function until(session: DraftSession, holds: (shown: Shown) => boolean): Promise<void> {
  if (holds(session.state())) return Promise.resolve()
  return new Promise((resolve) => {
    const unsubscribe = session.subscribe(() => {
      if (!holds(session.state())) return
      unsubscribe()
      resolve()
    })
  })
}

const MOVED_MS = 4000

/** Reads the draft again. Whether it is at another revision then. */
export function hasMoved(session: DraftSession, patience = MOVED_MS): Promise<boolean> {
  const { revision } = session.state().sync.base
  return new Promise((resolve) => {
    const end = (found: boolean) => {
      clearTimeout(timer)
      unsubscribe()
      resolve(found)
    }
    const timer = setTimeout(() => end(false), patience)
    const unsubscribe = session.subscribe(() => {
      if (session.state().sync.base.revision !== revision) end(true)
    })
    session.happen({ type: 'outdated' })
  })
}
