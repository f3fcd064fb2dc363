// A run names a revision of the draft, so what is typed is saved before it starts.

import type { ApiProblem } from '@flowmason/graphql'
import type { DraftSession, Shown } from '../session.ts'
import { isHeld, isUnsaved } from '../sync.ts'

export type Saved = { revision: number } | { problem: ApiProblem }

const refused = (code: string, message: string): Saved => ({ problem: { code, message } })

/** Undefined while it is being saved. */
export function savedOf({ sync }: Shown): Saved | undefined {
  if (sync.conflict) {
    return refused('CONFLICT', 'You and somebody else changed the same place of the draft. Choose what stays first.')
  }
  if (sync.trouble?.kind === 'unreachable') {
    return refused('OFFLINE', 'The server cannot be reached, so nothing was started. What you typed is kept.')
  }
  if (isHeld(sync) && isUnsaved(sync)) {
    return sync.trouble?.kind === 'unreadable'
      ? refused('INVALID_JSON', 'The text of the draft is not complete. Complete it first.')
      : refused('INVALID_INPUT', 'The server refused the text of the draft. Correct it first.')
  }
  if (sync.flight || isUnsaved(sync) || sync.wanted.length > 0 || sync.unknown) return undefined
  return { revision: sync.base.revision }
}

/** Saves what is unsaved, and waits for the answer. */
export function untilSaved(session: DraftSession): Promise<Saved> {
  session.flush()
  const now = savedOf(session.state())
  if (now) return Promise.resolve(now)
  return new Promise((resolve) => {
    const unsubscribe = session.subscribe(() => {
      const saved = savedOf(session.state())
      if (!saved) {
        // What was typed while the first part was on its way.
        session.flush()
        return
      }
      unsubscribe()
      resolve(saved)
    })
  })
}
