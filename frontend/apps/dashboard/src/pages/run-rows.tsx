// Runs as rows; on a phone two lines per run, as in the companion.

import { Link } from '@tanstack/react-router'
import type { RunRowFragment } from '@flowmason/graphql'
import { Ago, Elapsed, Loading, Skeleton, StatusIcon, StatusPill, cx, shortId, toStatus } from '@flowmason/ui'
import { isOver } from '../run/journal.ts'
import { spanOf } from '../lib/run-time.ts'
import { actorWords } from '../lib/words.ts'

/** What stands under the name: the failure, or how far it is. */
function detail(run: RunRowFragment): string {
  if (run.status === 'FAILED' && run.error)
    return run.error.stage ? `${run.error.stage} · ${run.error.message}` : run.error.message
  if (isOver(toStatus(run.status))) return ''
  return run.stagesTotal > 0 ? `${run.stagesDone} of ${run.stagesTotal} stages ended` : ''
}

function RunTime({ run }: { run: RunRowFragment }) {
  const { from, to } = spanOf(run, isOver(toStatus(run.status)))
  return from === undefined ? <span className="text-muted">–</span> : <Elapsed from={from} to={to} />
}

/** What stands in which column; the rows say it again to screen readers where it is not clear. */
function Headings({ withPipeline }: { withPipeline: boolean }) {
  return (
    <div
      aria-hidden="true"
      className="flex h-7 items-center gap-3 border-b border-line px-3 text-2xs text-muted max-sm:hidden"
    >
      <span className="w-28 shrink-0">Status</span>
      <span className="min-w-0 flex-1">{withPipeline ? 'Pipeline and run' : 'Run'}</span>
      <span className="w-32 shrink-0 max-lg:hidden">Version, started by</span>
      <span className="w-20 shrink-0 text-right">Duration</span>
      <span className="w-24 shrink-0 text-right">Requested</span>
    </div>
  )
}

export function RunRows({
  runs,
  fresh,
  withPipeline = true,
  headings = false,
}: {
  runs: readonly RunRowFragment[]
  fresh?: ReadonlySet<string>
  withPipeline?: boolean
  headings?: boolean
}) {
  return (
    <>
      {headings && <Headings withPipeline={withPipeline} />}
      <ul className="divide-y divide-line">
        {runs.map((run) => {
          const status = toStatus(run.status)
          const text = detail(run)
          return (
            <li key={run.id} className={cx(fresh?.has(run.id) && 'fm-new')}>
              <Link
                data-row
                to="/runs/$runId"
                params={{ runId: run.id }}
                className="flex min-h-8 items-center gap-3 px-3 hover:bg-raise focus-visible:-outline-offset-2 max-sm:min-h-14 max-sm:py-2"
              >
                <StatusIcon status={status} size={20} className="sm:hidden" />
                <span className="w-28 shrink-0 max-sm:hidden">
                  <StatusPill status={status} />
                </span>
                <span className="min-w-0 flex-1 sm:flex sm:items-baseline sm:gap-2.5">
                  {withPipeline && (
                    <span className="block shrink-0 truncate font-medium sm:max-w-60">{run.pipeline.name}</span>
                  )}
                  <code className="shrink-0 text-muted max-sm:hidden">{shortId(run.id)}</code>
                  <span className="block min-w-0 truncate text-xs text-muted max-sm:text-sm">
                    <span className="sr-only sm:hidden">{status}, </span>
                    {text || <span className="sm:hidden">{shortId(run.id)}</span>}
                  </span>
                </span>
                <span className="w-32 shrink-0 truncate text-xs text-muted max-lg:hidden">
                  v{run.version.number} · {actorWords(run.startedBy)}
                </span>
                <span className="w-20 shrink-0 text-right text-xs max-sm:hidden">
                  <RunTime run={run} />
                </span>
                <span className="w-24 shrink-0 text-right text-xs text-muted max-sm:w-auto">
                  <Ago at={run.createdAt} />
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </>
  )
}

export function RunRowsSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <Loading label="Loading runs" className="divide-y divide-line">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="flex h-8 items-center gap-3 px-3 max-sm:h-14">
          <Skeleton className="h-5 w-24 rounded-full max-sm:w-5" />
          <Skeleton className="h-3.5 w-40" />
          <span className="flex-1" />
          <Skeleton className="h-3.5 w-16" />
        </div>
      ))}
    </Loading>
  )
}

export const listBox = 'overflow-hidden rounded-float border border-line bg-panel'
