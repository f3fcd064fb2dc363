import { createContext } from 'react'
import { type CanvasStore, createCanvasStore } from './faces.ts'

export interface CanvasHandlers {
  store: CanvasStore
  /** Whether a run is shown: stages that have not begun are faded. */
  live: boolean
  /** Whether every stage in view is a tab stop, because the stage that is the single stop may not be mounted. */
  many: boolean
  /** The id of the words that say which keys there are. */
  keys: string
  onSelect: (stage: string | null) => void
}

export const CanvasContext = createContext<CanvasHandlers>({
  store: createCanvasStore(),
  live: false,
  many: false,
  keys: '',
  onSelect: () => {},
})
