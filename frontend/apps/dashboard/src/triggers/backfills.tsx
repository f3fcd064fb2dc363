// Back-fills of a trigger: how far each is, and a form for a new one.

import { useState } from 'react'
import {
  BackfillTriggerDocument,
  StopTriggerBackfillDocument,
  type TriggerPageQuery,
} from '@flowmason/graphql/triggers'
import { Ago, Button, Field, Input, StatusPill, type Status } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { FormDialog } from '../access/form-dialog.tsx'
import { useChange } from '../lib/use-change.ts'
import { listBox } from '../pages/list.tsx'
import { instantIn, momentIn } from './local-time.ts'

type Backfill = NonNullable<TriggerPageQuery['trigger']['backfills']>[number]

const statuses: Record<Backfill['status'], { status: Status; word: string }> = {
  RUNNING: { status: 'running', word: 'Running' },
  FINISHED: { status: 'succeeded', word: 'Finished' },
  STOPPED: { status: 'cancelled', word: 'Stopped' },
}

const number = (count: number) => count.toLocaleString('en')

/** `3 of 5 started, 1 refused; 2 had run before` */
export function progressWords({ planned, known, fired, refused }: Omit<Backfill, 'from' | 'to' | 'status'>): string {
  const started = `${number(fired)} of ${number(planned)} started`
  const failed = refused > 0 ? `, ${number(refused)} refused` : ''
  return `${started}${failed}${known > 0 ? `; ${number(known)} had run before` : ''}`
}

interface Props {
  trigger: { id: string; name: string; enabled: boolean }
  backfills: readonly Backfill[]
  zone: string
  /** Whether the person may start runs there. */
  may: boolean
  onChanged: () => void
}

export function Backfills({ trigger, backfills, zone, may, onChanged }: Props) {
  const [open, setOpen] = useState(false)
  const stop = useChange(StopTriggerBackfillDocument)
  const running = backfills.some(({ status }) => status === 'RUNNING')
  const end = async () => {
    if (stop.busy || !(await stop.run({ input: { id: trigger.id } }))) return
    toast('The back-fill is stopped.')
    onChanged()
  }
  return (
    <>
      {backfills.length === 0 ? (
        <p className="text-muted">
          Nothing was back-filled. A back-fill makes up for the firings of a past range; what has run does not run
          again.
        </p>
      ) : (
        <ul aria-label="Back-fills" className={`${listBox} divide-y divide-line`}>
          {backfills.map((backfill) => (
            <li key={backfill.createdAt} className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
              <StatusPill {...statuses[backfill.status]} className="min-w-20" />
              <span className="tnum min-w-0 flex-1 basis-48">
                {momentIn(backfill.from, zone)} – {momentIn(backfill.to, zone)}
              </span>
              <span className="text-xs text-muted">{progressWords(backfill)}</span>
              <Ago at={backfill.createdAt} className="w-20 shrink-0 text-right text-xs text-muted" />
            </li>
          ))}
        </ul>
      )}
      {may && trigger.enabled && (
        <div>
          {running ? (
            <Button aria-busy={stop.busy || undefined} onClick={() => void end()}>
              Stop the back-fill
            </Button>
          ) : (
            <Button onClick={() => setOpen(true)}>Back-fill a range</Button>
          )}
        </div>
      )}
      {open && (
        <BackfillDialog
          trigger={trigger}
          zone={zone}
          onDone={() => {
            setOpen(false)
            onChanged()
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}

interface DialogProps {
  trigger: { id: string; name: string }
  zone: string
  onDone: () => void
  onClose: () => void
}

function BackfillDialog({ trigger, zone, onDone, onClose }: DialogProps) {
  const begin = useChange(BackfillTriggerDocument, { inPlace: true })
  const [range, setRange] = useState({ from: '', to: '' })
  const [missing, setMissing] = useState(false)
  const save = async () => {
    const [from, to] = [instantIn(range.from, zone), instantIn(range.to, zone)]
    setMissing(!from || !to)
    if (!from || !to || !(await begin.run({ input: { id: trigger.id, from, to } }))) return
    toast(`${trigger.name} makes up for the range.`)
    onDone()
  }
  return (
    <FormDialog
      title={`Back-fill ${trigger.name}`}
      action="Back-fill the range"
      busy={begin.busy}
      failed="The range was not back-filled"
      problem={begin.problem}
      onSubmit={() => void save()}
      onClose={onClose}
      form={{ noValidate: true, onInput: () => setMissing(false) }}
    >
      <p>
        Each firing of the range that has not started a run starts one, at most 1,000. If the trigger does not allow
        overlap, one run follows the other.
      </p>
      <div className="grid gap-4 sm:grid-cols-2">
        {(['from', 'to'] as const).map((end) => (
          <Field
            key={end}
            label={end === 'from' ? 'From' : 'To'}
            hint={`In the time zone ${zone}.`}
            error={missing && !instantIn(range[end], zone) ? 'Enter a date and a time.' : undefined}
          >
            {(ids) => (
              <Input
                {...ids}
                type="datetime-local"
                step={1}
                value={range[end]}
                onChange={(event) => setRange({ ...range, [end]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
    </FormDialog>
  )
}
