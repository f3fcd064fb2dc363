// Starts a run with a form from the input schema, JSON, or a file.

import { type FormEvent, useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { Play, Upload } from 'lucide-react'
import {
  type Environment,
  RunListDocument,
  StartRunDocument,
  type StartRunMutation,
  type ValueInfoFragment,
  type VersionFieldsFragment,
} from '@flowmason/graphql'
import { PublishedInputDocument } from '@flowmason/graphql/publishing'
import { Button, Dialog, ErrorPanel, Field, Note, Select, TabPanel, Tabs, TextArea, cx, shortId } from '@flowmason/ui'
import { environmentNames } from '../lib/environment-words.ts'
import { useDrop } from '../lib/files.ts'
import { randomId } from '../lib/random-id.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { RunPlanPanel } from '../publishing/run-plan-panel.tsx'
import { FilePanel } from './file-panel.tsx'
import { FormRow } from './form-row.tsx'
import { StartedDialog } from './started-dialog.tsx'
import { useFileInput } from './use-file-input.ts'
import { useRunForm } from './use-run-form.ts'

export interface RunDialogProps {
  pipelineId: string
  name: string
  version: VersionFieldsFragment
  latest: boolean
  /** The environments in which the user may start it. */
  environments: readonly Environment[]
  /** The input of an earlier run, used as the initial input. */
  given?: unknown
  /** The id of that run. */
  givenBy?: string
  /** Set if its input is too long to edit here. */
  tooLong?: ValueInfoFragment
  onClose: () => void
}

export function RunDialog(props: RunDialogProps) {
  const { pipelineId, name, version, latest, environments, given, givenBy, tooLong, onClose } = props
  const navigate = useNavigate()
  const start = useChange(StartRunDocument, { inPlace: true })
  const [environment, setEnvironment] = useState(environments[0] ?? 'DEVELOPMENT')
  // Elsewhere, the published version runs.
  const anyVersion = environment === 'DEVELOPMENT'
  const where = environmentNames[environment].toLowerCase()
  const answer = useAnswer(
    PublishedInputDocument,
    { id: pipelineId, environment },
    { pause: anyVersion, requestPolicy: 'cache-and-network' },
  )
  const ended = useAnswer(
    RunListDocument,
    { first: 1, pipelineId, status: ['SUCCEEDED'], filter: { environments: [environment] } },
    { requestPolicy: 'cache-and-network' },
  )
  const last = ended.data?.runs.edges[0]?.node
  const [reuse, setReuse] = useState(false)
  const published = anyVersion ? undefined : answer.data?.pipeline.published
  // While it loads, the form is that of the version on the page.
  const form = useRunForm(published?.version ?? version, given, tooLong !== undefined)
  const { tab, fields, rest } = form
  const input = useFileInput()
  const { file, preview } = input
  const [sending, setSending] = useState(false)
  const [started, setStarted] = useState<StartRunMutation['startRun']>()
  // One idempotency key per opened dialog: a second click, or one after a lost response, starts no second run.
  const [idempotencyKey] = useState(randomId)

  const take = (chosen: File) => {
    start.clear()
    input.take(chosen)
    form.open('file')
  }
  const drop = useDrop(take)

  const upload = async (): Promise<{ inputUpload: string } | undefined> => {
    setSending(true)
    const id = await input.send()
    setSending(false)
    return id === undefined ? undefined : { inputUpload: id }
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const chosen = tab === 'file' ? await upload() : form.read()
    if (!chosen) return
    const versionNumber = anyVersion ? version.number : null
    const reuseFrom = reuse && last ? last.id : null
    const request = { pipelineId, environment, versionNumber, reuseFrom, idempotencyKey, ...chosen }
    const done = await start.run({ input: request }, input.refused)
    if (!done) return
    // Remarks about the file are shown before the run, unless they were already shown here.
    if (done.startRun.remarks.length > 0 && !(tab === 'file' && preview)) setStarted(done.startRun)
    else void navigate({ to: '/runs/$runId', params: { runId: done.startRun.run.id } })
  }
  const change = (next: string) => {
    if (form.change(next)) start.clear()
  }
  if (started && file) return <StartedDialog file={file.name} started={started} onClose={onClose} />
  const broken = anyVersion ? version.problems.filter((problem) => problem.severity === 'ERROR').length : 0
  // The version that this run executes.
  const planned = anyVersion ? version.number : published?.version.number
  const tabs = [
    ...(fields.length > 0 ? [{ id: 'form', label: 'Form' }] : []),
    { id: 'json', label: 'JSON' },
    { id: 'file', label: 'File' },
  ]
  return (
    <Dialog
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Run ${name}`}
      description={
        (!anyVersion
          ? published
            ? `Version ${published.version.number}, published to ${where}`
            : `The version that is published to ${where}`
          : latest
            ? `Version ${version.number}, the latest`
            : `Version ${version.number}, not the latest`) +
        (givenBy && !tooLong ? `. Starts from the input of ${shortId(givenBy)}.` : '')
      }
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button
            variant="primary"
            type="submit"
            form="run-form"
            busy={start.busy || sending}
            disabled={(!anyVersion && !published) || (tab === 'file' && (!file || input.unreadable))}
            icon={<Play size={14} aria-hidden="true" />}
          >
            Start the run
          </Button>
        </>
      }
    >
      <form
        id="run-form"
        noValidate
        onSubmit={(event) => void submit(event)}
        {...drop.handlers}
        className={cx('-m-4', drop.over && 'bg-raise')}
      >
        <Tabs label="Input" value={tab} onChange={change} tabs={tabs}>
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
              hint={fields.length === 0 ? 'This version has no input schema, so it accepts any JSON.' : undefined}
            >
              {(ids) => (
                <TextArea
                  {...ids}
                  value={form.json}
                  spellCheck={false}
                  rows={14}
                  onChange={(event) => form.setJson(event.target.value)}
                  className="font-mono text-xs"
                />
              )}
            </Field>
          </TabPanel>
          <TabPanel id="file" className="p-4">
            <FilePanel input={input} over={drop.over} onTake={take} givenBy={givenBy} tooLong={tooLong} />
          </TabPanel>
        </Tabs>
        {(environments.length > 1 || !anyVersion) && (
          <div className="px-4 pb-4">
            <Field label="Environment">
              {(ids) => (
                <Select
                  {...ids}
                  value={environment}
                  onChange={(event) => {
                    setEnvironment(event.target.value as Environment)
                    start.clear()
                  }}
                >
                  {environments.map((each) => (
                    <option key={each} value={each}>
                      {environmentNames[each]}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          </div>
        )}
        {last && (
          <div className="px-4 pb-4">
            <label className="flex items-start gap-2">
              <input
                type="checkbox"
                checked={reuse}
                onChange={(event) => setReuse(event.target.checked)}
                className="mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
              />
              <span>
                Reuse unchanged results of the last run
                <span className="block text-xs text-muted">
                  Stages with the same input as in {shortId(last.id)}, version {last.version.number}, do not call a
                  model again. Requests to other servers are sent again.
                </span>
              </span>
            </label>
          </div>
        )}
        {!anyVersion && answer.problem && (
          <ErrorPanel
            title="The published version could not be loaded"
            problem={answer.problem}
            onRetry={answer.refetch}
            className="mx-4 mb-4"
          />
        )}
        {published === null && (
          <Note icon={<Upload size={14} aria-hidden="true" />} className="mx-4 mb-4">
            Nothing is published to {where}, so nothing runs there. Publish a version first, on the tab Environments.
          </Note>
        )}
        {planned !== undefined && <RunPlanPanel pipelineId={pipelineId} version={planned} className="mx-4 mb-4" />}
        {(start.problem || broken > 0) && (
          <div className="flex flex-col gap-3 px-4 pb-4">
            {start.problem && <ErrorPanel title="The run was not started" problem={start.problem} />}
            {!start.problem && broken > 0 && (
              <Note tone="wait" icon={<span aria-hidden="true">!</span>}>
                This version has {broken} {broken === 1 ? 'problem' : 'problems'}. The server may refuse to start it.
              </Note>
            )}
          </div>
        )}
      </form>
    </Dialog>
  )
}
