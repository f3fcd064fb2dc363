// Asks for a fresh proof of identity before a dangerous change. Loaded only when the server requires one, and rendered
// beside the page, since the page may have a dialog of its own open.

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { TipProvider } from '@flowmason/ui'
import { ProofDialog } from './proof-dialog.tsx'

let asked: Promise<boolean> | undefined

/** Whether the user has proved who they are. Changes that are refused at the same time share one question. */
export function askForProof(): Promise<boolean> {
  asked ??= new Promise<boolean>((resolve) => {
    const place = document.body.appendChild(document.createElement('div'))
    const root = createRoot(place)
    const end = (proved: boolean) => {
      asked = undefined
      resolve(proved)
      // After the dialog has given the focus back.
      setTimeout(() => {
        root.unmount()
        place.remove()
      })
    }
    root.render(
      <StrictMode>
        <TipProvider>
          <ProofDialog onEnd={end} />
        </TipProvider>
      </StrictMode>,
    )
  })
  return asked
}
