import { createContext } from 'react'
import { type CanvasStore, createCanvasStore } from './faces.ts'

export interface CanvasHandlers {
  store: CanvasStore
  /** A run is shown: stages that have not begun are faded. */
  live: boolean
  /** All stages in view are reached by the Tab key: the one with the stop may not be drawn. */
  many: boolean
  onSelect: (stage: string | null) => void
}

export const CanvasContext = createContext<CanvasHandlers>({
  store: createCanvasStore(),
  live: false,
  many: false,
  onSelect: () => {},
})
