// The exchanges that are shown again after a reload of this tab.

import type { IdKeeper } from './conversation.ts'

/** Of one person, about one pipeline. */
export function idKeeper(userId: string, pipelineId: string): IdKeeper {
  const key = `flowmason.copilot.${userId}.${pipelineId}`
  return {
    read: () => {
      try {
        const ids: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
        return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []
      } catch {
        return []
      }
    },
    write: (ids) => {
      try {
        sessionStorage.setItem(key, JSON.stringify(ids))
      } catch {
        // The storage is full or turned off: they are shown until the page is left.
      }
    },
  }
}
