// Asks for confirmation, since cancelling cannot be undone. By keyboard, C and Enter are enough.

import { Square } from 'lucide-react'
import { Button, Dialog } from '@flowmason/ui'
import { addressWords } from './address.ts'

export function CancelDialog({
  name,
  running,
  busy,
  onCancel,
  onClose,
}: {
  name: string
  /** The addresses of the running stages. */
  running: readonly string[]
  busy: boolean
  onCancel: () => void
  onClose: () => void
}) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Cancel this run?"
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Keep it running
          </Button>
          <Button
            variant="danger"
            busy={busy}
            data-autofocus
            icon={<Square size={13} aria-hidden="true" />}
            onClick={onCancel}
          >
            Cancel the run
          </Button>
        </>
      }
    >
      <p>
        <span className="font-medium">{name}</span> stops at its next safe point. Finished stages keep their results;
        requests already sent are not undone.
      </p>
      {running.length > 0 && (
        <p className="pt-2 text-muted">
          Running now: {running.slice(0, 5).map(addressWords).join(', ')}
          {running.length > 5 && ` and ${running.length - 5} more`}.
        </p>
      )}
    </Dialog>
  )
}
