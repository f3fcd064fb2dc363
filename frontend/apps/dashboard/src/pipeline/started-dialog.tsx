// A run that was started with a file of which something had to be guessed: said before its page is opened, since a
// wrong guess is seen here first.

import { TriangleAlert } from 'lucide-react'
import { useNavigate } from '@tanstack/react-router'
import type { StartRunMutation } from '@flowmason/graphql'
import { Button, Dialog, Note, Ticked } from '@flowmason/ui'

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
      description="Something had to be guessed in reading the file. If a guess is wrong, cancel the run and start it with a file that states it explicitly."
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
      <ul className="flex flex-col gap-2">
        {remarks.map((remark, index) => (
          <li key={index}>
            <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />}>
              {remark.place && (
                <span className="text-muted">
                  <Ticked text={remark.place} />:{' '}
                </span>
              )}
              <Ticked text={remark.message} /> <code className="text-xs text-muted">{remark.code}</code>
            </Note>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
