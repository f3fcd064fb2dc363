// What everything that changes the draft on the canvas works with.

import type { EditStore } from '@flowmason/pipeline-canvas'
import type { DraftSession } from '../session.ts'

export interface EditingContext {
  session: DraftSession
  edit: EditStore
  /** Says why something was not done. */
  say: (message: string) => void
}
