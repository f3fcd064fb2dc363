// A dialog with something that cannot be shown again. It closes with its button; by Escape, the cross or a click beside
// it only once what it shows was copied, and otherwise it asks first.

import { type ReactNode, useState } from 'react'
import { Button, Dialog } from '@flowmason/ui'

interface Props {
  title: string
  /** The button that closes the dialog, such as "I have saved it". */
  done: string
  reading?: boolean
  onClose: () => void
  /** Further buttons of the footer, which get the function to call after copying. */
  renderButtons?: (onCopied: () => void) => ReactNode
  children: (onCopied: () => void) => ReactNode
}

export function OnceDialog({ title, done, reading = false, onClose, renderButtons, children }: Props) {
  const [copied, setCopied] = useState(false)
  const [asked, setAsked] = useState(false)
  const onCopied = () => setCopied(true)
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (open) return
        if (copied) onClose()
        else setAsked(true)
      }}
      title={title}
      reading={reading}
      footer={
        asked ? (
          <>
            <p role="alert" className="min-w-0 flex-1 basis-56 text-xs text-fail">
              You have not copied it, and it is never shown again.
            </p>
            <Button variant="danger" onClick={onClose}>
              Close without it
            </Button>
            <Button onClick={() => setAsked(false)}>Go back</Button>
          </>
        ) : (
          <>
            {renderButtons?.(onCopied)}
            <Button onClick={onClose}>{done}</Button>
          </>
        )
      }
    >
      {children(onCopied)}
    </Dialog>
  )
}
