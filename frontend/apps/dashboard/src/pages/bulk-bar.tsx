// The bar for bulk changes: actions for the selected runs or all matching ones, progress, and refusals.

import { useState } from 'react'
import { RotateCcw, Square, TriangleAlert, X } from 'lucide-react'
import { type RetryFrom, RunCountsDocument, type RunFilterInput, type RunRowFragment } from '@flowmason/graphql'
import { Button, IconButton, Note, Ticked, cx, toStatus } from '@flowmason/ui'
import { type BulkKind, MAX_SELECTED, changedCount, jobWords, ofSelection, retryFilter } from '../lib/bulk.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { count } from '../lib/words.ts'
import { isOver } from '../run/journal.ts'
import { useMay } from '../shell/shell.tsx'
import { BulkDialog, SelectionDialog } from './bulk-dialog.tsx'
import type { Bulk } from './use-bulk.ts'

export function BulkBar({
  runs,
  filter,
  more,
  bulk,
  onClear,
}: {
  /** The selected runs. */
  runs: readonly RunRowFragment[]
  /** The filter of the list. */
  filter: RunFilterInput | null
  /** Whether the list has more runs than those selected. */
  more: boolean
  bulk: Bulk
  onClear: () => void
}) {
  const mayCancel = useMay('run.cancel')
  const mayStart = useMay('run.start')
  const [sure, setSure] = useState<BulkKind>()
  const [chosen, setChosen] = useState<{ kind: BulkKind; ids: string[] }>()
  const { job } = bulk
  if (runs.length === 0 && !job) return null
  const ids = (over: boolean) => runs.filter((run) => isOver(toStatus(run.status)) === over).map((run) => run.id)
  const [open, over] = [ids(false), ids(true)]
  const running = job?.state === 'running' && !bulk.lost
  const tooMany = Math.max(open.length, over.length) > MAX_SELECTED
  const failed = runs.filter((run) => run.status === 'FAILED' || run.status === 'CANCELLED').length
  const change = async (from: RetryFrom) => {
    if (chosen && (await bulk.start(chosen.kind, ofSelection(chosen.kind, chosen.ids, from), from))) onClear()
    setChosen(undefined)
  }
  const confirm = async (from: RetryFrom) => {
    if (sure && (await bulk.start(sure, retryFilter(filter, from) ?? {}, from))) onClear()
    setSure(undefined)
  }
  return (
    <div
      role="region"
      aria-label="Selected runs"
      className="sticky bottom-3 z-20 mx-auto mt-3 flex w-fit max-w-full flex-col gap-2 rounded-float border border-line2 bg-panel p-2 shadow-float"
    >
      {job && <Progress bulk={bulk} />}
      {runs.length > 0 && !running && (
        <div className="flex flex-wrap items-center gap-2">
          <span className="px-1 font-medium">{count(runs.length, 'run')} selected</span>
          {mayCancel && (
            <Button
              disabled={open.length === 0 || open.length > MAX_SELECTED}
              busy={bulk.asking}
              icon={<Square size={13} aria-hidden="true" />}
              onClick={() => setChosen({ kind: 'cancel', ids: open })}
            >
              Cancel {open.length > 0 ? open.length : ''}
            </Button>
          )}
          {mayStart && (
            <Button
              disabled={over.length === 0 || over.length > MAX_SELECTED}
              busy={bulk.asking}
              icon={<RotateCcw size={13} aria-hidden="true" />}
              onClick={() => setChosen({ kind: 'retry', ids: over })}
            >
              Run again {over.length > 0 ? over.length : ''}
            </Button>
          )}
          <Button variant="quiet" onClick={onClear}>
            Clear
          </Button>
        </div>
      )}
      {tooMany && !running && (
        <p className="px-1 text-xs text-muted">At most {MAX_SELECTED} selected runs can be changed at once.</p>
      )}
      {runs.length > 0 && more && !running && (mayCancel || mayStart) && (
        <All filter={filter} mayCancel={mayCancel} mayStart={mayStart} onChoose={setSure} />
      )}
      {chosen && (
        <SelectionDialog
          kind={chosen.kind}
          runs={chosen.ids.length}
          failed={failed}
          busy={bulk.asking}
          onConfirm={(from) => void change(from)}
          onClose={() => setChosen(undefined)}
        />
      )}
      {sure && (
        <BulkDialog
          kind={sure}
          filter={filter}
          busy={bulk.asking}
          onConfirm={(from) => void confirm(from)}
          onClose={() => setSure(undefined)}
        />
      )}
    </div>
  )
}

/** The actions for all matching runs, with their number if the server can count by this filter. */
function All({
  filter,
  mayCancel,
  mayStart,
  onChoose,
}: {
  filter: RunFilterInput | null
  mayCancel: boolean
  mayStart: boolean
  onChoose: (kind: BulkKind) => void
}) {
  const byText = Boolean(filter?.text)
  const { data } = useAnswer(RunCountsDocument, { filter }, { pause: byText, requestPolicy: 'network-only' })
  const counts = byText ? undefined : data?.runCounts
  const total = counts && `${counts.total.toLocaleString('en')}${counts.complete ? '' : ' or more'}`
  const of = (kind: BulkKind) => (counts ? changedCount(kind, filter, counts) : undefined)
  const button = (kind: BulkKind, words: string) => {
    const n = of(kind)
    return (
      <Button disabled={n === 0} onClick={() => onChoose(kind)}>
        {words}
        {n !== undefined && n > 0 && <span className="tnum font-normal text-muted">{n.toLocaleString('en')}</span>}
      </Button>
    )
  }
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-line pt-2">
      <span className="px-1 text-muted">
        {total ? `All ${total} matching ${counts.total === 1 ? 'run' : 'runs'}:` : 'All matching runs:'}
      </span>
      {mayCancel && button('cancel', 'Cancel all in progress')}
      {mayStart &&
        button('retry', filter?.status?.includes('SUCCEEDED') ? 'Run all again' : 'Run failed and cancelled again')}
    </div>
  )
}

function Progress({ bulk }: { bulk: Bulk }) {
  const { job, lost } = bulk
  if (!job) return null
  const running = job.state === 'running' && !lost
  const looked = job.changed + job.refused
  const share = job.state === 'running' ? looked / Math.max(1, job.total ?? looked * 2) : 1
  const alarming = lost || job.refused > 0 || job.state === 'failed'
  return (
    <div role="status" className="flex min-w-64 flex-col gap-1.5 px-1">
      <span className="flex min-h-7 items-center gap-2">
        <span className="flex-1">
          {jobWords(job)}
          {bulk.others && <span className="text-muted"> · requested by {job.by}</span>}
        </span>
        {running ? (
          bulk.stop && <Button onClick={bulk.stop}>Stop</Button>
        ) : (
          <IconButton label="Close" onClick={bulk.forget}>
            <X size={14} aria-hidden="true" />
          </IconButton>
        )}
      </span>
      <span className="h-1 overflow-hidden rounded-full bg-line">
        <span
          className={cx('block h-full rounded-full', alarming ? 'bg-wait' : 'bg-text')}
          style={{ width: `${share * 100}%` }}
        />
      </span>
      {lost && (
        <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />} className="max-w-lg">
          Live progress is no longer available. <Ticked text={lost.message} />
        </Note>
      )}
      {!running && !lost && job.reason && (
        <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />} className="max-w-lg">
          {job.refused > 1 && <span className="text-muted">The last one: </span>}
          <Ticked text={job.reason} />
        </Note>
      )}
    </div>
  )
}
