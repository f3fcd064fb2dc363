// What the editor and the panel of the co-pilot know of each other: whether the panel is open, and which stages of the
// canvas are about to change.

import { createContext } from 'react'
import { type StoreApi, createStore } from 'zustand/vanilla'
import type { PointedStage } from '@flowmason/pipeline-canvas'

export interface CopilotState {
  open: boolean
  /** How often somebody has opened it. The choice of the last visit does not count. */
  opened: number
  /** The stages of the piece that the pointer or the focus is on. */
  pointed: Readonly<Record<string, PointedStage>>
  /** Selects a stage on the canvas. */
  select: (stage: string) => void
}
export type CopilotStore = StoreApi<CopilotState>

export const NOTHING_POINTED: CopilotState['pointed'] = {}
const KEY = 'flowmason.editor.copilot'

const read = (): boolean => {
  try {
    return localStorage.getItem(KEY) === 'open'
  } catch {
    return false
  }
}

export const createCopilotStore = (): CopilotStore =>
  createStore<CopilotState>(() => ({ open: read(), opened: 0, pointed: NOTHING_POINTED, select: () => {} }))

/** The choice is kept in this browser. */
export function setOpen(store: CopilotStore, open: boolean) {
  store.setState(({ opened }) => ({ open, opened: open ? opened + 1 : opened, pointed: NOTHING_POINTED }))
  try {
    localStorage.setItem(KEY, open ? 'open' : 'closed')
  } catch {
    // The storage is full or turned off: the choice is for this page.
  }
}

/** Undefined where there is no co-pilot beside. */
export const CopilotContext = createContext<CopilotStore | undefined>(undefined)
