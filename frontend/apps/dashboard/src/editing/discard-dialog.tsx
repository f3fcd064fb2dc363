// Gives the draft the file of the latest version, after saying whose changes go.

import { DiscardDraftDocument } from '@flowmason/graphql/editing'
import { Button, Dialog, ErrorPanel } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useChange } from '../lib/use-change.ts'
import { draftOf } from './link.ts'
import type { DraftSession, Shown } from './session.ts'
import { isUnsaved } from './sync.ts'
import { whose } from './words.ts'

interface Props {
  pipelineId: string
  latest: number
  session: DraftSession
  shown: Shown
  onClose: () => void
}

export function DiscardDialog({ pipelineId, latest, session, shown, onClose }: Props) {
  const discard = useChange(DiscardDraftDocument, { inPlace: true })
  const { about, base, flight, trouble, wanted } = shown.sync
  const others = about.unsaved.filter((each) => !each.own)
  const own = about.unsaved.filter((each) => each.own)
  /** What was typed and cannot be saved as it is. */
  const stuck = !flight && isUnsaved(shown.sync) && trouble !== undefined
  const waits = flight !== undefined || wanted.length > 0 || (isUnsaved(shown.sync) && !stuck)
  const run = async () => {
    if (stuck) session.happen({ type: 'typed', text: base.text })
    const input = { pipelineId, revision: base.revision, includeOthers: others.length > 0 }
    const done = await discard.run({ input }, () => session.happen({ type: 'outdated' }))
    if (!done) return
    session.happen({ type: 'read', draft: draftOf(done.discardDraft.draft) })
    // Somebody changed it just now: the dialog shows whose changes would go, and asks again.
    if (done.discardDraft.others.length > 0) return
    toast('The draft was discarded.')
    onClose()
  }
  const moved = discard.problem?.code === 'PRECONDITION_FAILED'
  return (
    <Dialog
      open
      onOpenChange={(stays) => !stays && onClose()}
      title="Discard the draft?"
      description={`Version ${latest} is what remains. Saved versions do not change.`}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Keep it
          </Button>
          <Button variant="danger" data-autofocus busy={discard.busy} disabled={waits} onClick={() => void run()}>
            {others.length > 0 ? 'Discard all changes' : 'Discard my changes'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {own[0] && <p>Your changes go: {whose(own)}.</p>}
        {stuck && <p>What you typed and is not saved goes, too.</p>}
        {others.length > 0 && (
          <p>
            <span className="font-medium">The changes of others go, too:</span> {whose(others)}.
          </p>
        )}
        {waits && <p className="text-muted">What you typed is being saved …</p>}
        {discard.problem && (
          <ErrorPanel
            title={moved ? 'The draft was changed just now' : 'Nothing was discarded'}
            problem={
              moved ? { message: 'Nothing was discarded. Look at the changes, then decide again.' } : discard.problem
            }
          />
        )}
      </div>
    </Dialog>
  )
}
