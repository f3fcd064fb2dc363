// What the run page has for following a run and showing its state. It is loaded with that page's own file: importing
// its parts here would take them out of it, so that the page would load more files.

import { loadUntilThere } from '@flowmason/ui'
import type { faceSteps } from '../../run/faces.ts'
import type { addressOf } from '../../run/selection.ts'
import type { createRunFeed } from '../../run/store.ts'

export interface RunParts {
  createRunFeed: typeof createRunFeed
  faceSteps: typeof faceSteps
  addressOf: typeof addressOf
}

export const loadRunParts = (): Promise<RunParts> => loadUntilThere(() => import('../../run/run-page.tsx'))
