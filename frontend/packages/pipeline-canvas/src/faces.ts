// The current appearance (face) of each stage, separate from its position. A node reads only its own entry, so an event
// of one stage renders one stage again and the list of nodes is never rebuilt.

import type { Status } from '@flowmason/ui'
import type { ReactNode } from 'react'
import { type StoreApi, createStore } from 'zustand/vanilla'

/** How a stage differs from another version; `moved` includes stages that were renamed. */
export type StageMark = 'added' | 'removed' | 'changed' | 'moved' | 'same'
/** Which side changed a stage, if two are brought together; `conflict`: both did, and somebody has to choose. */
export type SideMark = 'mine' | 'theirs' | 'both' | 'conflict'
/** Whether only one of two versions has an edge. */
export type LineMark = 'added' | 'removed'

export interface StageFace {
  status: Status
  /** Read out instead of the word of the status. */
  word?: string
  /** The one figure on the card; absent while `since` counts. */
  figure?: string
  /** The start of a running stage, from which the card counts up (ms since 1970). */
  since?: number
  /** The end of a wait, to which the card counts down (ms since 1970). */
  until?: number
  /** The status of each item of a foreach. */
  cells?: readonly Status[]
  /** The text below the strip, such as "2 retried once". */
  note?: string
  /** How it differs from another version, or which side changed it, if versions are laid over each other. */
  mark?: StageMark | SideMark
  /** The sign of the mark. The host brings it, so that pages without a comparison do not load it. */
  sign?: ReactNode
  /** The color of the mark, where only colors are shown. */
  fill?: string | undefined
}

export interface CanvasState {
  faces: Readonly<Record<string, StageFace>>
  /** The edges that only one of two versions has, by their ids. */
  lines?: Readonly<Record<string, LineMark>>
  selected: string | null
  /** The stage that is the tab stop; the arrow keys move from it. */
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

/** Reduces to at most `room` cells: neighbors share one, and the status that needs attention wins. */
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
