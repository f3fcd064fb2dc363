// What is done to the chosen runs at once, how far it is, and what did not work.

import { RotateCcw, Square, X } from 'lucide-react'
import type { RunFilterInput, RunRowFragment } from '@flowmason/graphql'
import { Button, IconButton, Note, Ticked, cx, shortId, toStatus } from '@flowmason/ui'
import { count } from '../lib/words.ts'
import { isOver } from '../run/journal.ts'
import { useMay } from '../shell/shell.tsx'
import type { Bulk, BulkKind } from './use-bulk.ts'

const doing: Record<BulkKind, string> = { cancel: 'Cancelling', retry: 'Starting again' }
const did: Record<BulkKind, string> = { cancel: 'cancelled', retry: 'started again' }

export function BulkBar({
  runs,
  all,
  bulk,
  onClear,
}: {
  /** The chosen ones. */
  runs: readonly RunRowFragment[]
  /** All that match, beyond this page; absent unless the whole page is chosen and there are more. */
  all: RunFilterInput | undefined
  bulk: Bulk
  onClear: () => void
}) {
  const mayCancel = useMay('run.cancel')
  const mayStart = useMay('run.start')
  const { job } = bulk
  const open = runs.filter((run) => !isOver(toStatus(run.status)))
  const over = runs.filter((run) => isOver(toStatus(run.status)))
  const running = job !== undefined && !job.over
  if (runs.length === 0 && !job) return null
  return (
    <div
      role="region"
      aria-label="Selected runs"
      className="sticky bottom-3 z-20 mx-auto mt-3 flex w-fit max-w-full flex-col gap-2 rounded-float border border-line2 bg-panel p-2 shadow-float"
    >
      {job && (
        <div role="status" className="flex min-w-64 flex-col gap-1.5 px-1">
          <span className="flex items-center gap-2">
            <span className="flex-1">
              {running
                ? `${doing[job.kind]} ${job.total === null ? job.done : `${Math.min(job.done + 1, job.total)} of ${job.total}`} …`
                : `${count(job.done - job.refused, 'run')} ${did[job.kind]}${job.refused > 0 ? `, ${job.refused} not` : ''}.`}
            </span>
            {running ? (
              <Button onClick={bulk.stop}>Stop</Button>
            ) : (
              <IconButton label="Close" onClick={bulk.forget}>
                <X size={14} aria-hidden="true" />
              </IconButton>
            )}
          </span>
          <span className="h-1 overflow-hidden rounded-full bg-line">
            <span
              className={cx('block h-full rounded-full', job.refused > 0 ? 'bg-wait' : 'bg-text')}
              style={{ width: `${running ? (job.done / Math.max(1, job.total ?? job.done * 2)) * 100 : 100}%` }}
            />
          </span>
          {!running &&
            job.reasons.map((each) => (
              <Note key={each.run} tone="fail" icon={<X size={14} aria-hidden="true" />}>
                {each.run !== null && <code>{shortId(each.run)} </code>}
                <Ticked text={each.message} />
              </Note>
            ))}
        </div>
      )}
      {runs.length > 0 && !running && (
        <div className="flex flex-wrap items-center gap-2">
          <span className="px-1 font-medium">{count(runs.length, 'run')} selected</span>
          {mayCancel && (
            <Button
              disabled={open.length === 0}
              icon={<Square size={13} aria-hidden="true" />}
              onClick={() =>
                bulk.start(
                  'cancel',
                  open.map((run) => run.id),
                )
              }
            >
              Cancel {open.length > 0 ? open.length : ''}
            </Button>
          )}
          {mayStart && (
            <Button
              disabled={over.length === 0}
              icon={<RotateCcw size={13} aria-hidden="true" />}
              onClick={() =>
                bulk.start(
                  'retry',
                  over.map((run) => run.id),
                )
              }
            >
              Run again {over.length > 0 ? over.length : ''}
            </Button>
          )}
          <Button variant="quiet" onClick={onClear}>
            Clear
          </Button>
        </div>
      )}
      {all && !running && (
        <div className="flex flex-wrap items-center gap-2 border-t border-line pt-2">
          <span className="px-1 text-muted">All that match, on every page:</span>
          {mayCancel && <Button onClick={() => bulk.startAll('cancel', all)}>Cancel what is in progress</Button>}
          {mayStart && <Button onClick={() => bulk.startAll('retry', all)}>Run again what failed</Button>}
        </div>
      )}
    </div>
  )
}
