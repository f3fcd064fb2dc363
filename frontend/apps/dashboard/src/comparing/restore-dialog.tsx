// Makes the text of a version the draft, after saying whose unsaved changes it replaces, and opens the editor.

import { useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { DraftOwnersDocument, OpenDraftDocument, RestoreDraftDocument } from '@flowmason/graphql/editing'
import { Button, Dialog, ErrorPanel, Loading, Skeleton } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { whose } from '../editing/words.ts'
import { randomId } from '../lib/random-id.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { actorWords } from '../lib/words.ts'

interface Props {
  pipelineId: string
  /** The number of the version. */
  number: number
  onClose: () => void
}

export function RestoreDialog({ pipelineId, number, onClose }: Props) {
  const navigate = useNavigate()
  const owners = useAnswer(DraftOwnersDocument, { id: pipelineId }, { requestPolicy: 'network-only' })
  const openDraft = useChange(OpenDraftDocument, { inPlace: true })
  const restore = useChange(RestoreDraftDocument, { inPlace: true })
  /** A repeated request must not restore twice. */
  const [changeId] = useState(randomId)
  const unsaved = (owners.data?.pipeline.draft?.unsaved ?? []).map(({ author, own, changes }) => ({
    name: actorWords(author),
    own,
    changes,
  }))
  const own = unsaved.filter((each) => each.own)
  const others = unsaved.filter((each) => !each.own)
  const run = async () => {
    if (!(await openDraft.run({ input: { pipelineId } }))) return
    const input = { pipelineId, versionNumber: number, changeId }
    if (!(await restore.run({ input }))) return
    toast(`The draft has the text of version ${number}.`)
    onClose()
    void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId }, search: { tab: 'source', edit: true } })
  }
  const problem = openDraft.problem ?? restore.problem
  return (
    <Dialog
      open
      onOpenChange={(stays) => !stays && onClose()}
      title={`Make version ${number} the draft?`}
      description="The editor then opens with its text. Saved versions do not change."
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Keep the draft
          </Button>
          <Button
            variant="primary"
            data-autofocus
            disabled={!owners.data}
            busy={openDraft.busy || restore.busy}
            onClick={() => void run()}
          >
            {others.length > 0 ? 'Replace all changes' : 'Make it the draft'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {owners.problem ? (
          <ErrorPanel title="The draft could not be loaded" problem={owners.problem} onRetry={owners.refetch} />
        ) : !owners.data ? (
          <Loading label="Loading the draft">
            <Skeleton className="h-5" />
          </Loading>
        ) : unsaved.length === 0 ? (
          <p>The draft has no unsaved changes.</p>
        ) : (
          <>
            {own[0] && <p>Your unsaved changes are replaced: {whose(own)}.</p>}
            {others.length > 0 && (
              <p>
                <span className="font-medium">The unsaved changes of others are replaced, too:</span> {whose(others)}.
              </p>
            )}
            <p className="text-muted">Undo in the editor brings them back.</p>
          </>
        )}
        {problem && <ErrorPanel title="The draft was not changed" problem={problem} />}
      </div>
    </Dialog>
  )
}
