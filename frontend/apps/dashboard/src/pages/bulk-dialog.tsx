// The confirmation before runs are changed in bulk: how many, which, and the consequences.

import { type ReactNode, useState } from 'react'
import { RotateCcw, Square } from 'lucide-react'
import type { RetryFrom, RunFilterInput } from '@flowmason/graphql'
import { Button, Dialog, ErrorPanel, Skeleton } from '@flowmason/ui'
import { type BulkKind, canContinue, changedStates, retryFilter } from '../lib/bulk.ts'
import { count } from '../lib/words.ts'
import { useChangedCount } from './use-changed-count.ts'

const meaning: Record<BulkKind, string> = {
  cancel:
    'Each run ends at its next safe point. Finished stages keep their results; requests already sent are not undone.',
  retry: 'Each run starts from the beginning with its original input. Model calls and requests are sent again.',
}
const CONTINUES =
  'Each run keeps the results of the stages that succeeded. The failed stage and those after it run again, with the same input.'

const meaningOf = (kind: BulkKind, from: RetryFrom) => (from === 'FAILED_STAGE' ? CONTINUES : meaning[kind])

/** The choice where runs start again. */
function FromFailedStage({ from, onChange }: { from: RetryFrom; onChange: (from: RetryFrom) => void }) {
  return (
    <label className="flex items-center gap-2 pt-3">
      <input
        type="checkbox"
        checked={from === 'FAILED_STAGE'}
        onChange={(event) => onChange(event.target.checked ? 'FAILED_STAGE' : 'START')}
        className="size-3.5 accent-[var(--text)] max-sm:size-5"
      />
      From the failed stage
    </label>
  )
}

/** For runs selected one by one. */
export function SelectionDialog({
  kind,
  runs,
  failed,
  busy,
  onConfirm,
  onClose,
}: {
  kind: BulkKind
  runs: number
  /** How many of them have a failed stage. */
  failed: number
  busy: boolean
  onConfirm: (from: RetryFrom) => void
  onClose: () => void
}) {
  const [from, setFrom] = useState<RetryFrom>('START')
  const number = from === 'START' ? runs : failed
  const words = kind === 'cancel' ? `Cancel ${count(runs, 'run')}` : `Run ${number.toLocaleString('en')} again`
  return (
    <Question
      kind={kind}
      title={`${words}?`}
      action={words}
      busy={busy}
      onConfirm={() => onConfirm(from)}
      onClose={onClose}
    >
      <p>{meaningOf(kind, from)}</p>
      {kind === 'retry' && failed > 0 && <FromFailedStage from={from} onChange={setFrom} />}
    </Question>
  )
}

/** The dialog that both confirmations share. */
function Question({
  kind,
  title,
  action,
  disabled,
  busy,
  onConfirm,
  onClose,
  children,
}: {
  kind: BulkKind
  title: string
  action: string
  disabled?: boolean
  busy: boolean
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}) {
  const Icon = kind === 'cancel' ? Square : RotateCcw
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button
            variant={kind === 'cancel' ? 'danger' : 'primary'}
            disabled={disabled}
            busy={busy}
            data-autofocus
            icon={<Icon size={13} aria-hidden="true" />}
            onClick={onConfirm}
          >
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}

export function BulkDialog({
  kind,
  filter,
  busy,
  onConfirm,
  onClose,
}: {
  kind: BulkKind
  filter: RunFilterInput | null
  busy: boolean
  onConfirm: (from: RetryFrom) => void
  onClose: () => void
}) {
  const [from, setFrom] = useState<RetryFrom>('START')
  const chosen = retryFilter(filter, from)
  const found = useChangedCount(kind, chosen)
  const counted = typeof found === 'object' ? found : undefined
  const number = counted && `${counted.runs.toLocaleString('en')}${counted.orMore ? ' or more' : ''}`
  const runs = counted && (counted.orMore ? `${number} runs` : count(counted.runs, 'run'))
  const none = counted?.runs === 0 && !counted.orMore
  return (
    <Question
      kind={kind}
      title={
        kind === 'cancel' ? `Cancel ${runs ?? 'all matching runs'}?` : `Start ${runs ?? 'all matching runs'} again?`
      }
      action={kind === 'cancel' ? `Cancel ${runs ?? 'them'}` : `Start ${runs ?? 'them'} again`}
      disabled={!counted || none}
      busy={busy}
      onConfirm={() => onConfirm(from)}
      onClose={onClose}
    >
      {typeof found === 'string' ? (
        <ErrorPanel title="The runs cannot be counted" problem={{ message: found }} />
      ) : !counted ? (
        <span role="status" className="relative flex flex-col gap-2">
          <span className="sr-only">Counting the runs</span>
          <Skeleton className="h-3.5 w-3/4" />
          <Skeleton className="h-3.5 w-1/2" />
        </span>
      ) : none ? (
        <p>No matching run {kind === 'cancel' ? 'is in progress' : 'can be started again'} any more.</p>
      ) : (
        <>
          <p>{which(kind, chosen)}</p>
          <p className="pt-2 text-muted">{meaningOf(kind, from)}</p>
        </>
      )}
      {kind === 'retry' && canContinue(filter) && !none && <FromFailedStage from={from} onChange={setFrom} />}
    </Question>
  )
}

function which(kind: BulkKind, filter: RunFilterInput | null): string {
  const all =
    filter === null ? 'All runs in the organization that' : 'All runs that match the filter, on every page, that'
  if (kind === 'cancel') return `${all} are in progress now.`
  const states = changedStates(kind, filter).map(
    (each) => ({ SUCCEEDED: 'succeeded', FAILED: 'failed', CANCELLED: 'were cancelled' })[each as string],
  )
  return `${all} ${states.length > 1 ? `${states.slice(0, -1).join(', ')} or ${states.at(-1)}` : states[0]}.`
}
