// Starting a run: a form from the input schema, raw JSON, or a file.

import { type FormEvent, useMemo, useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { FileUp, Play } from 'lucide-react'
import {
  StartRunDocument,
  type StartRunMutation,
  type ValueInfoFragment,
  type VersionFieldsFragment,
  inOrg,
} from '@flowmason/graphql'
import {
  Button,
  Dialog,
  ErrorPanel,
  Field,
  Input,
  Note,
  Select,
  TabPanel,
  Tabs,
  TextArea,
  Ticked,
  cx,
  formatBytes,
  shortId,
} from '@flowmason/ui'
import { pickFile, useDrop } from '../lib/files.ts'
import { REQUIRED, type FormField, type FormValues, formFields, readForm, toValues } from '../lib/run-form.ts'
import { useChange } from '../lib/use-change.ts'
import { FileReading } from './file-reading.tsx'
import { StartedDialog } from './started-dialog.tsx'
import { useFileInput } from './use-file-input.ts'

export interface RunDialogProps {
  pipelineId: string
  name: string
  version: VersionFieldsFragment
  latest: boolean
  /** The input that an earlier run was given, to begin with. */
  given?: unknown
  /** That run. */
  givenBy?: string
  /** Its input is too long to be edited here. */
  tooLong?: ValueInfoFragment
  onClose: () => void
}

const newKey = () =>
  typeof crypto.randomUUID === 'function' ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`

export function RunDialog({ pipelineId, name, version, latest, given, givenBy, tooLong, onClose }: RunDialogProps) {
  const navigate = useNavigate()
  const start = useChange(StartRunDocument, { inPlace: true })
  const first = given === undefined ? version.sampleInput : given
  const fields = useMemo(() => formFields(version.inputSchema, first), [version, first])
  const taken = useMemo(
    () => (given === undefined ? undefined : toValues(fields, given, version.inputSchema)),
    [fields, given, version],
  )
  const [tab, setTab] = useState(
    tooLong ? 'file' : fields.length > 0 && (given === undefined || taken) ? 'form' : 'json',
  )
  const [values, setValues] = useState<FormValues>(taken?.values ?? {})
  /** What the JSON has and no field stands for; it goes with the form's values. */
  const [rest, setRest] = useState<Record<string, unknown>>(taken?.rest ?? {})
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [json, setJson] = useState(() => JSON.stringify(first ?? {}, null, 2))
  const [jsonError, setJsonError] = useState<string>()
  const input = useFileInput()
  const { file, preview } = input
  const [sending, setSending] = useState(false)
  const [started, setStarted] = useState<StartRunMutation['startRun']>()
  // One key per opened dialog: pressing twice, or after a lost answer, starts one run.
  const [idempotencyKey] = useState(newKey)

  const take = (chosen: File) => {
    start.clear()
    input.take(chosen)
    setTab('file')
  }
  const drop = useDrop(take)

  const upload = async (): Promise<{ inputUpload: string } | undefined> => {
    setSending(true)
    const id = await input.send()
    setSending(false)
    return id === undefined ? undefined : { inputUpload: id }
  }
  const inputOf = (): { input: unknown } | undefined => {
    if (tab === 'json') {
      try {
        setJsonError(undefined)
        return { input: JSON.parse(json) as unknown }
      } catch (reason) {
        setJsonError(`This is not JSON: ${(reason as Error).message}`)
        return undefined
      }
    }
    const read = readForm(fields, values, version.inputSchema)
    setErrors(read.errors)
    return Object.keys(read.errors).length > 0 ? undefined : { input: { ...rest, ...read.input } }
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const chosen = tab === 'file' ? await upload() : inputOf()
    if (!chosen) return
    const request = { pipelineId, versionNumber: version.number, idempotencyKey, ...chosen }
    const done = await start.run({ input: request }, input.refused)
    if (!done) return
    // What was guessed in reading the file is read before the run is, unless it was seen here.
    if (done.startRun.remarks.length > 0 && !(tab === 'file' && preview)) setStarted(done.startRun)
    else void navigate({ to: '/runs/$runId', params: { runId: done.startRun.run.id } })
  }
  /** Values are taken along from the form to the JSON and back, so that no edit is lost between them. */
  const change = (next: string) => {
    if (next === 'json' && tab === 'form') {
      const read = readForm(fields, values, version.inputSchema)
      setErrors(read.errors)
      // What cannot be read is fixed where it was typed.
      if (Object.values(read.errors).some((error) => error !== REQUIRED)) return
      setJson(JSON.stringify({ ...rest, ...read.input }, null, 2))
      setJsonError(undefined)
    }
    if (next === 'form' && tab !== 'form' && !takeJson()) {
      setTab('json')
      return
    }
    start.clear()
    setTab(next)
  }
  const takeJson = (): boolean => {
    try {
      const read = toValues(fields, JSON.parse(json), version.inputSchema)
      if (!read) {
        setJsonError('The form needs a JSON object. Your text is kept here.')
        return false
      }
      setValues(read.values)
      setRest(read.rest)
      setErrors({})
      setJsonError(undefined)
      return true
    } catch (reason) {
      setJsonError(`This is not JSON, so the form cannot show it: ${(reason as Error).message}`)
      return false
    }
  }
  if (started && file) return <StartedDialog file={file.name} started={started} onClose={onClose} />
  const broken = version.problems.filter((problem) => problem.severity === 'ERROR').length
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
        (latest ? `Version ${version.number}, the latest` : `Version ${version.number}, not the latest`) +
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
            disabled={tab === 'file' && !file}
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
                  value={values[field.name] ?? field.initial}
                  error={errors[field.name]}
                  onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
                />
              ))}
            </div>
          </TabPanel>
          <TabPanel id="json" className="p-4">
            <Field
              label="Input"
              error={jsonError}
              hint={fields.length === 0 ? 'This version has no input schema, so it accepts any JSON.' : undefined}
            >
              {(ids) => (
                <TextArea
                  {...ids}
                  value={json}
                  spellCheck={false}
                  rows={14}
                  onChange={(event) => setJson(event.target.value)}
                  className="font-mono text-xs"
                />
              )}
            </Field>
          </TabPanel>
          <TabPanel id="file" className="p-4">
            <div
              className={cx(
                'flex flex-col items-center gap-2 rounded-float border border-dashed px-6 py-8 text-center',
                drop.over ? 'border-copper' : 'border-line2',
              )}
            >
              <FileUp size={20} className="text-muted" aria-hidden="true" />
              {file ? (
                <p>
                  <code>{file.name}</code> <span className="text-muted">{formatBytes(file.size)}</span>
                </p>
              ) : (
                <p className="text-muted">Drop a file: JSON, JSON lines, TOML, CSV or text.</p>
              )}
              <Button onClick={() => void pickFile('').then((chosen) => chosen && take(chosen))}>
                {file ? 'Choose another' : 'Choose a file'}
              </Button>
            </div>
            <p className="pt-2 text-xs text-muted">
              An object is the input itself; a list becomes <code>rows</code>, a text becomes <code>text</code>.
            </p>
            {input.busy && (
              <p role="status" className="pt-2 text-xs text-muted">
                Reading the file …
              </p>
            )}
            {preview && <FileReading preview={preview} />}
            {!file && (
              <p className="pt-1 text-xs text-muted">
                The character set, and the separator and header of a CSV file, are found out and shown before the start.
              </p>
            )}
            {tooLong && givenBy && (
              <p className="pt-3">
                The input of {shortId(givenBy)} is {formatBytes(tooLong.bytes)}, too long to be edited here.{' '}
                <a href={inOrg(tooLong.downloadUrl)} download className="underline underline-offset-2">
                  Download it
                </a>
                , or press Run again on its page to use it as it is.
              </p>
            )}
            {input.failed && <ErrorPanel {...input.failed} className="mt-3" />}
          </TabPanel>
        </Tabs>
        {(start.problem || broken > 0) && (
          <div className="flex flex-col gap-3 px-4 pb-4">
            {start.problem && <ErrorPanel title="The run was not started" problem={start.problem} />}
            {!start.problem && broken > 0 && (
              <Note tone="wait" icon={<span aria-hidden="true">!</span>}>
                This version has {broken} {broken === 1 ? 'problem' : 'problems'}; the server may refuse to start it.
              </Note>
            )}
          </div>
        )}
      </form>
    </Dialog>
  )
}

function FormRow({
  field,
  value,
  error,
  onChange,
}: {
  field: FormField
  value: string | boolean
  error: string | undefined
  onChange: (value: string | boolean) => void
}) {
  if (field.kind === 'boolean') {
    return (
      <label className="flex items-start gap-2.5">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
          className="mt-0.5 size-4 accent-[var(--text)]"
        />
        <span>
          <span className="font-medium">{field.label}</span>
          {field.description && (
            <span className="block text-xs text-muted">
              <Ticked text={field.description} />
            </span>
          )}
        </span>
      </label>
    )
  }
  const text = String(value)
  return (
    <Field
      label={field.label}
      required={field.required}
      note={noteOf(field)}
      hint={field.description && <Ticked text={field.description} />}
      error={error}
    >
      {(ids) => {
        if (field.kind === 'enum') {
          return (
            <Select {...ids} value={text} onChange={(event) => onChange(event.target.value)}>
              {!field.options?.includes(text) && <option value="">–</option>}
              {field.options?.map((option) => (
                <option key={option} value={option}>
                  {option}
                </option>
              ))}
            </Select>
          )
        }
        if (field.kind === 'long' || field.kind === 'json') {
          const rows = Math.min(10, Math.max(3, text.split('\n').length))
          return (
            <TextArea
              {...ids}
              rows={rows}
              value={text}
              spellCheck={field.kind === 'long'}
              onChange={(event) => onChange(event.target.value)}
              className={field.kind === 'json' ? 'font-mono text-xs' : ''}
            />
          )
        }
        return (
          <Input
            {...ids}
            value={text}
            inputMode={field.kind === 'integer' ? 'numeric' : field.kind === 'number' ? 'decimal' : 'text'}
            autoComplete="off"
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }}
    </Field>
  )
}

function noteOf(field: FormField): string {
  const kind =
    field.kind === 'json' ? 'JSON' : field.kind === 'integer' ? 'whole number' : field.kind === 'number' ? 'number' : ''
  return [field.label === field.name ? '' : field.name, kind].filter(Boolean).join(' · ')
}
