// The exchanges that are shown again after a reload of this tab.

import { isObject } from '../lib/json-text.ts'
import type { ExchangeKeeper, KeptExchange } from './exchanges.ts'

/** Of one person, about one pipeline. */
export function exchangeKeeper(userId: string, pipelineId: string): ExchangeKeeper {
  const key = `flowmason.copilot.${userId}.${pipelineId}`
  return {
    read: () => {
      try {
        const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
        return Array.isArray(kept) ? kept.flatMap(keptOf) : []
      } catch {
        return []
      }
    },
    write: (kept) => {
      try {
        sessionStorage.setItem(key, JSON.stringify(kept))
      } catch {
        // The storage is full or turned off: they are shown until the page is left.
      }
    },
  }
}

function keptOf(value: unknown): KeptExchange[] {
  if (!isObject(value) || typeof value['id'] !== 'string') return []
  const undone: unknown = value['undone']
  return [{ id: value['id'], undone: Array.isArray(undone) ? undone.filter((each) => typeof each === 'number') : [] }]
}
