// What is unsaved stays in this tab's session storage until the server has it, so that it outlives a reload, a sign-in
// and a server that is gone.

import type { Kept } from './sync.ts'

export interface Keeper {
  read: () => Kept | undefined
  write: (kept: Kept | undefined) => void
}

/** One for each person and pipeline: another person who signs in here does not get it. */
export function keeperOf(userId: string, pipelineId: string): Keeper {
  const key = `flowmason.draft.${userId}.${pipelineId}`
  return {
    read: () => {
      try {
        const found: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null')
        return isKept(found) ? found : undefined
      } catch {
        return undefined
      }
    },
    write: (kept) => {
      try {
        if (kept) sessionStorage.setItem(key, JSON.stringify(kept))
        else sessionStorage.removeItem(key)
      } catch {
        // The storage is full or turned off. The text is still in the page, which asks before it is left.
      }
    },
  }
}

const isKnown = (value: unknown): boolean => {
  const { revision, text } = (value ?? {}) as Partial<Kept['base']>
  return typeof revision === 'number' && typeof text === 'string'
}

function isKept(value: unknown): value is Kept {
  const { base, doc, flight, batches } = (value ?? {}) as Partial<Kept>
  if (batches !== undefined && !Array.isArray(batches)) return false
  return isKnown(base) && typeof doc === 'string' && (flight === undefined || isKnown(flight))
}
