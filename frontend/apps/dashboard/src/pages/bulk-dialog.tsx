// The confirmation before runs are changed in bulk: how many, which, and the consequences.

import type { ReactNode } from 'react'
import { RotateCcw, Square } from 'lucide-react'
import type { RunFilterInput } from '@flowmason/graphql'
import { Button, Dialog, ErrorPanel, Skeleton } from '@flowmason/ui'
import { type BulkKind, changedStates } from '../lib/bulk.ts'
import { count } from '../lib/words.ts'
import { useChangedCount } from './use-changed-count.ts'

const meaning: Record<BulkKind, string> = {
  cancel:
    'Each run ends at its next safe point. Finished stages keep their results; requests already sent are not undone.',
  retry: 'Each run starts from the beginning with its original input. Model calls and requests are sent again.',
}

/** For runs selected one by one. */
export function SelectionDialog({
  kind,
  runs,
  busy,
  onConfirm,
  onClose,
}: {
  kind: BulkKind
  runs: number
  busy: boolean
  onConfirm: () => void
  onClose: () => void
}) {
  const words = kind === 'cancel' ? `Cancel ${count(runs, 'run')}` : `Run ${runs.toLocaleString('en')} again`
  return (
    <Question kind={kind} title={`${words}?`} action={words} busy={busy} onConfirm={onConfirm} onClose={onClose}>
      <p>{meaning[kind]}</p>
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
  onConfirm: () => void
  onClose: () => void
}) {
  const found = useChangedCount(kind, filter)
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
      onConfirm={onConfirm}
      onClose={onClose}
    >
      {typeof found === 'string' ? (
        <ErrorPanel title="The runs cannot be counted" problem={{ message: found }} />
      ) : !counted ? (
        <span role="status" aria-label="Counting the runs" className="flex flex-col gap-2">
          <Skeleton className="h-3.5 w-3/4" />
          <Skeleton className="h-3.5 w-1/2" />
        </span>
      ) : none ? (
        <p>No matching run {kind === 'cancel' ? 'is in progress' : 'can be started again'} any more.</p>
      ) : (
        <>
          <p>{which(kind, filter)}</p>
          <p className="pt-2 text-muted">{meaning[kind]}</p>
        </>
      )}
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
