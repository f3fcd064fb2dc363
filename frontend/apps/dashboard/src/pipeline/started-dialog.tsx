// Shown after a run was started with a file some details of which were guessed, before the run's page opens, unless the
// same remarks were shown before the start.

import { useNavigate } from '@tanstack/react-router'
import type { StartRunMutation } from '@flowmason/graphql'
import { Button, Dialog } from '@flowmason/ui'
import { Remarks } from './file-reading.tsx'

export function StartedDialog({
  file,
  started: { run, remarks },
  onClose,
}: {
  file: string
  started: StartRunMutation['startRun']
  onClose: () => void
}) {
  const navigate = useNavigate()
  return (
    <Dialog
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title="Run started"
      description="Some details of the file were guessed. If a guess is wrong, cancel the run and start it again with a corrected file."
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button
            variant="primary"
            data-autofocus
            onClick={() => void navigate({ to: '/runs/$runId', params: { runId: run.id } })}
          >
            Open the run
          </Button>
        </>
      }
    >
      <h3 className="mb-2 text-xs text-muted">
        <code>{file}</code>
      </h3>
      <Remarks remarks={remarks} />
    </Dialog>
  )
}
