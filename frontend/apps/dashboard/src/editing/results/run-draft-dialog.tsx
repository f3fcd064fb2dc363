// Starts a run of the draft: with a form from its input schema, or JSON. Loaded when it is first opened.

import { type FormEvent, useState } from 'react'
import { Pin, Play, TriangleAlert } from 'lucide-react'
import type { ApiProblem, ProblemFieldsFragment } from '@flowmason/graphql'
import {
  Button,
  Dialog,
  ErrorPanel,
  Field,
  Loading,
  Note,
  Skeleton,
  TabPanel,
  Tabs,
  TextArea,
  shortId,
} from '@flowmason/ui'
import { count } from '../../lib/words.ts'
import { FormRow } from '../../pipeline/form-row.tsx'
import { ProblemList } from '../../pipeline/problems.tsx'
import { useRunForm } from '../../pipeline/use-run-form.ts'
import { listOf } from '../words.ts'
import { type Extent, extentWords, inputOf, needsEarlier } from './start.ts'
import type { Refusal, RunRequest, Start } from './use-draft-run.ts'

export interface RunDraftDialogProps {
  extent: Extent
  /** Undefined while it is being loaded. */
  start: Start | { problem: ApiProblem } | undefined
  /** The text of the draft. */
  source: string
  /** The stages whose output is pinned. */
  pinned: readonly string[]
  /** The number of errors that the checks have found so far. */
  errors: number
  busy: boolean
  refusal: Refusal | undefined
  onStart: (request: RunRequest) => void
  onJump: (problem: ProblemFieldsFragment) => void
  onRetry: () => void
  onClose: () => void
}

export function RunDraftDialog(props: RunDraftDialogProps) {
  const { extent, start, busy, onRetry, onClose } = props
  const loaded = start && !('problem' in start) ? start : undefined
  const isMissing = needsEarlier(extent) && loaded !== undefined && loaded.earlier === undefined
  return (
    <Dialog
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Run ${extentWords(extent)}`}
      description="In development. What you typed is saved first."
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button
            variant="primary"
            type="submit"
            form="run-draft"
            busy={busy}
            disabled={!loaded || isMissing}
            icon={<Play size={14} aria-hidden="true" />}
          >
            Start the run
          </Button>
        </>
      }
    >
      {start && 'problem' in start ? (
        <ErrorPanel title="The earlier runs could not be loaded" problem={start.problem} onRetry={onRetry} />
      ) : loaded ? (
        <StartForm {...props} start={loaded} isMissing={isMissing} />
      ) : (
        <Loading label="Loading the input" className="flex flex-col gap-3">
          <Skeleton className="h-8" />
          <Skeleton className="h-24" />
        </Loading>
      )}
    </Dialog>
  )
}

function StartForm(props: RunDraftDialogProps & { start: Start; isMissing: boolean }) {
  const { extent, start, isMissing, source, pinned, errors, refusal, onStart, onJump } = props
  // As it was when the dialog was opened: what others change meanwhile must not change what is typed here.
  const [declared] = useState(() => inputOf(source))
  const form = useRunForm(declared, start.given?.input, false)
  const { tab, fields, rest } = form
  const [reuse, setReuse] = useState(false)
  const { earlier } = start
  const takesOver = needsEarlier(extent)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const read = isMissing ? undefined : form.read()
    if (read) onStart({ extent, input: read.input, reuseFrom: takesOver || reuse ? earlier : undefined })
  }
  const tabs = [...(fields.length > 0 ? [{ id: 'form', label: 'Form' }] : []), { id: 'json', label: 'JSON' }]
  return (
    <form id="run-draft" noValidate onSubmit={submit} className="-m-4">
      <Tabs label="Input" value={tab} onChange={(next) => void form.change(next)} tabs={tabs}>
        <TabPanel id="form" className="p-4">
          <div className="flex flex-col gap-4">
            {Object.keys(rest).length > 0 && (
              <p className="text-xs text-muted">Also sent, from the JSON: {Object.keys(rest).join(', ')}.</p>
            )}
            {fields.map((field) => (
              <FormRow
                key={field.name}
                field={field}
                value={form.values[field.name] ?? field.initial}
                error={form.errors[field.name]}
                onChange={(value) => form.setValue(field.name, value)}
              />
            ))}
          </div>
        </TabPanel>
        <TabPanel id="json" className="p-4">
          <Field
            label="Input"
            error={form.jsonError}
            hint={fields.length === 0 ? 'The draft has no input schema, so it accepts any JSON.' : undefined}
          >
            {(ids) => (
              <TextArea
                {...ids}
                value={form.json}
                spellCheck={false}
                rows={10}
                onChange={(event) => form.setJson(event.target.value)}
                className="font-mono text-xs"
              />
            )}
          </Field>
        </TabPanel>
      </Tabs>
      <div className="flex flex-col gap-3 px-4 pb-4">
        {start.given && <p className="text-xs text-muted">Starts from the input of run {shortId(start.given.run)}.</p>}
        {start.tooLong && (
          <p className="text-xs text-muted">The input of the last run is too long to be edited here.</p>
        )}
        {takesOver && earlier !== undefined && (
          <p className="text-xs text-muted">The results of the other stages come from run {shortId(earlier)}.</p>
        )}
        {isMissing && (
          <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />}>
            There is no finished run whose results the other stages could have. Run the draft first.
          </Note>
        )}
        {!takesOver && earlier !== undefined && (
          <label className="flex items-start gap-2">
            <input
              type="checkbox"
              checked={reuse}
              onChange={(event) => setReuse(event.target.checked)}
              className="mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
            />
            <span>
              Reuse unchanged results of run {shortId(earlier)}
              <span className="block text-xs text-muted">
                Stages with the same input as there do not call a model again. Requests to other servers are sent again.
              </span>
            </span>
          </label>
        )}
        {pinned.length > 0 && (
          <Note icon={<Pin size={14} aria-hidden="true" />}>
            Not executed, because the output is pinned: {listOf(pinned)}.
          </Note>
        )}
        {refusal ? (
          <>
            <ErrorPanel title="The run was not started" problem={refusal.problem} />
            {refusal.errors.length > 0 && (
              <section aria-label="Errors of the draft" className="rounded-control border border-line">
                <ProblemList problems={refusal.errors} onJump={onJump} />
              </section>
            )}
          </>
        ) : (
          errors > 0 && (
            <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />}>
              The draft has {count(errors, 'error')}. The server may refuse to start it.
            </Note>
          )
        )}
      </div>
    </form>
  )
}
