// How each stage looks at the moment, apart from where it stands. A node reads only its own entry, so an
// event of one stage draws one stage again and the list of nodes is never rebuilt.

import type { Status } from '@flowmason/ui'
import { type StoreApi, createStore } from 'zustand/vanilla'

export interface StageFace {
  status: Status
  /** Read out in the place of the status' own word. */
  word?: string
  /** The one figure that matters now; absent while `since` counts. */
  figure?: string
  /** A running stage counts up from here (ms since 1970). */
  since?: number
  /** A waiting stage counts down to here. */
  until?: number
  /** One per item of a foreach. */
  cells?: readonly Status[]
  /** Under the strip: "2 retried once". */
  note?: string
}

export interface CanvasState {
  faces: Readonly<Record<string, StageFace>>
  selected: string | null
  /** The stage that the Tab key reaches; from it the arrow keys go on. */
  stop: string | null
}
export type CanvasStore = StoreApi<CanvasState>

export const createCanvasStore = (): CanvasStore =>
  createStore<CanvasState>(() => ({ faces: {}, selected: null, stop: null }))

const rank: Record<Status, number> = {
  failed: 7,
  waiting: 6,
  running: 5,
  queued: 4,
  idle: 3,
  cancelled: 2,
  skipped: 1,
  succeeded: 0,
}

/** At most `room` cells: neighbours share one, and the state that needs attention wins. */
export function squeezeCells(cells: readonly Status[], room: number): Status[] {
  if (cells.length <= room) return [...cells]
  const result: Status[] = []
  for (let cell = 0; cell < room; cell++) {
    const from = Math.floor((cell * cells.length) / room)
    const to = Math.floor(((cell + 1) * cells.length) / room)
    let worst: Status = cells[from] ?? 'idle'
    for (let at = from + 1; at < to; at++) {
      const each = cells[at] ?? 'idle'
      if (rank[each] > rank[worst]) worst = each
    }
    result.push(worst)
  }
  return result
}
