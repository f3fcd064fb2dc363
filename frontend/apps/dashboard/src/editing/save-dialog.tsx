// Makes the next version of the draft: with a note, and after asking if it takes the changes of others along.

import { type FormEvent, useState } from 'react'
import { GitMerge, Users } from 'lucide-react'
import { type ApiProblem, type ProblemFieldsFragment, ValidateDocument } from '@flowmason/graphql'
import { SaveDraftDocument } from '@flowmason/graphql/editing'
import { Button, Dialog, ErrorPanel, Field, Input, Note, Ticked } from '@flowmason/ui'
import { api } from '../api.ts'
import { DraftChanges } from '../comparing/draft-changes.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useChange } from '../lib/use-change.ts'
import { ProblemList } from '../pipeline/problems.tsx'
import { Meetings } from './conflict-dialog.tsx'
import { draftOf } from './link.ts'
import type { DraftSession, Shown } from './session.ts'
import type { Meeting } from './sync.ts'
import { statusOf, whose } from './words.ts'

const LONGEST_NOTE = 500

interface Props {
  pipelineId: string
  /** The number of the latest version. */
  latest: number
  session: DraftSession
  shown: Shown
  /** The version that was made, or the latest one if the draft already was the same. */
  onSaved: (number: number, created: boolean) => void
  /** A version that the draft was brought together with: what it changed and the draft has not was decided against. */
  over?: number | undefined
  /** A version was saved by somebody else meanwhile. */
  onBehind: () => void
  /** The draft and that version are to be brought together; the note is for when the dialog opens again. */
  onMerge: (note: string) => void
  /** What the note begins with. */
  firstNote?: string
  /** Leads to a problem in the text. */
  onJump: (problem: ProblemFieldsFragment) => void
  onClose: () => void
}

export function SaveDialog(props: Props) {
  const { pipelineId, latest, session, shown, over, firstNote = '' } = props
  const { onSaved, onBehind, onMerge, onJump, onClose } = props
  const save = useChange(SaveDraftDocument, { inPlace: true })
  const [note, setNote] = useState(firstNote)
  const [problems, setProblems] = useState<readonly ProblemFieldsFragment[]>()
  const [meetings, setMeetings] = useState<readonly Meeting[]>([])
  const { about, base } = shown.sync
  const others = about.unsaved.filter((each) => !each.own)
  const own = about.unsaved.filter((each) => each.own)
  const { standing, text } = statusOf(shown)
  const refused = fieldProblem(save.problem, { note: 'The note' })
  const send = async (overVersion: number | null) => {
    setProblems(undefined)
    const includeOthers = others.length > 0
    const input = { pipelineId, revision: base.revision, note: note.trim() || null, includeOthers, overVersion }
    const done = await save.run({ input }, (problem) => void explain(problem))
    if (!done) return
    const { draft, version, created, conflicts } = done.saveDraft
    // Others may have changed it since: then the dialog now shows whose changes there are, and asks again.
    session.happen({ type: 'read', draft: draftOf(draft) })
    setMeetings(conflicts)
    if (conflicts.length > 0) onBehind()
    if (version) onSaved(version.number, created)
  }
  const explain = async ({ code }: ApiProblem) => {
    session.happen({ type: 'outdated' })
    if (code !== 'PIPELINE_INVALID') return
    const source = session.state().sync.base.text
    const { data } = await api.client.query(ValidateDocument, { source }, { requestPolicy: 'network-only' }).toPromise()
    setProblems(data?.validatePipeline.problems)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (standing === 'saved') void send(over === latest ? latest : null)
  }
  const moved = save.problem?.code === 'PRECONDITION_FAILED'
  return (
    <Dialog
      open
      wide={problems !== undefined || meetings.length > 0}
      onOpenChange={(stays) => !stays && onClose()}
      title={`Save as version ${latest + 1}`}
      description={
        own[0] ? `It takes what you changed: ${whose(own)}.` : 'You have changed nothing since the last version.'
      }
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          {meetings.length > 0 && latest > about.baseNumber && (
            <Button disabled={standing !== 'saved'} onClick={() => onMerge(note)}>
              Choose on the canvas
            </Button>
          )}
          {meetings.length > 0 && (
            <Button variant="danger" disabled={standing !== 'saved'} busy={save.busy} onClick={() => void send(latest)}>
              Replace what version {latest} changed
            </Button>
          )}
          <Button variant="primary" type="submit" form="save-draft" busy={save.busy} disabled={standing !== 'saved'}>
            {others.length > 0 ? 'Save all of it' : 'Save'}
          </Button>
        </>
      }
    >
      <form id="save-draft" onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label="Note"
          hint="What is new, in one line. It is shown with the version."
          error={refused.at['note'] && <Ticked text={refused.at['note']} />}
        >
          {(ids) => (
            <Input
              {...ids}
              value={note}
              maxLength={LONGEST_NOTE}
              autoComplete="off"
              onChange={(event) => setNote(event.target.value)}
            />
          )}
        </Field>
        {others.length > 0 && (
          <Note tone="wait" icon={<Users size={14} aria-hidden="true" />}>
            The version also takes what others changed: {whose(others)}.
          </Note>
        )}
        {about.unsaved.length > 0 && <DraftChanges pipelineId={pipelineId} />}
        {over === latest && meetings.length === 0 && (
          <Note tone="ok" icon={<GitMerge size={14} aria-hidden="true" />}>
            The draft and version {latest} are brought together.
          </Note>
        )}
        {standing !== 'saved' && <p className="text-muted">{text}</p>}
        {meetings.length > 0 && (
          <Note tone="wait" icon={<GitMerge size={14} aria-hidden="true" />}>
            <p className="pb-2">
              Version {latest} was saved meanwhile, and changed the same. Nothing was saved. Choose what stays on the
              canvas, change the draft, or replace what the version changed.
            </p>
            <Meetings meetings={meetings} />
          </Note>
        )}
        {problems ? (
          <section aria-label="Problems of the draft" className="rounded-control border border-line">
            <p className="border-b border-line px-4 py-2.5">It was not saved because it has errors.</p>
            <ProblemList problems={problems} onJump={onJump} />
          </section>
        ) : (
          refused.rest && (
            <ErrorPanel
              title={moved ? 'The draft was changed just now' : 'No version was saved'}
              problem={moved ? { message: 'Nothing was saved. Look at the changes, then save again.' } : refused.rest}
            />
          )
        )}
      </form>
    </Dialog>
  )
}
