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

export interface Selection {
  chosen: { has: (id: string) => boolean; size: number }
  onToggle: (id: string) => void
  onAll: (chosen: boolean) => void
}

/** What stands in which column; the rows say it again to screen readers where it is not clear. */
function Headings({
  withPipeline,
  all,
  selection,
}: {
  withPipeline: boolean
  all: boolean
  selection?: Selection | undefined
}) {
  return (
    <div className="flex h-7 items-center gap-[18px] border-b border-line px-3 text-2xs text-muted">
      {selection && (
        <input
          type="checkbox"
          aria-label="Select all runs of this page"
          checked={all}
          ref={(box) => {
            if (box) box.indeterminate = !all && selection.chosen.size > 0
          }}
          onChange={(event) => selection.onAll(event.target.checked)}
          className="size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
        />
      )}
      <span aria-hidden="true" className="flex min-w-0 flex-1 items-center gap-3 max-sm:hidden">
        <span className="w-28 shrink-0">Status</span>
        <span className="min-w-0 flex-1">{withPipeline ? 'Pipeline and run' : 'Run'}</span>
        <span className="w-32 shrink-0 max-lg:hidden">Version, started by</span>
        <span className="w-20 shrink-0 text-right">Duration</span>
        <span className="w-24 shrink-0 text-right">Requested</span>
      </span>
      {selection && <span className="sm:hidden">Select all</span>}
    </div>
  )
}

export function RunRows({
  runs,
  fresh,
  withPipeline = true,
  headings = false,
  selection,
}: {
  runs: readonly RunRowFragment[]
  fresh?: ReadonlySet<string>
  withPipeline?: boolean
  headings?: boolean
  selection?: Selection
}) {
  // Two pipelines of one name are told apart by their ids.
  const idsOf = new Map<string, Set<string>>()
  for (const { pipeline } of runs) idsOf.set(pipeline.name, (idsOf.get(pipeline.name) ?? new Set()).add(pipeline.id))
  return (
    <>
      {headings && (
        <Headings
          withPipeline={withPipeline}
          selection={selection}
          all={runs.length > 0 && runs.every((run) => selection?.chosen.has(run.id))}
        />
      )}
      <ul className="divide-y divide-line">
        {runs.map((run) => {
          const status = toStatus(run.status)
          const text = detail(run)
          const chosen = selection?.chosen.has(run.id) === true
          return (
            <li
              key={run.id}
              className={cx('flex items-center hover:bg-raise', fresh?.has(run.id) && 'fm-new', chosen && 'bg-raise')}
            >
              {selection && (
                <label className="flex h-8 shrink-0 cursor-pointer items-center pr-1.5 pl-3 max-sm:h-14">
                  <span className="sr-only">
                    Select the run {shortId(run.id)} of {run.pipeline.name}
                  </span>
                  <input
                    type="checkbox"
                    data-run={run.id}
                    checked={chosen}
                    onChange={() => selection.onToggle(run.id)}
                    className="size-3.5 accent-[var(--text)] max-sm:size-5"
                  />
                </label>
              )}
              <Link
                data-row
                to="/runs/$runId"
                params={{ runId: run.id }}
                className="flex min-h-8 min-w-0 flex-1 items-center gap-3 px-3 focus-visible:-outline-offset-2 max-sm:min-h-14 max-sm:py-2"
              >
                <StatusIcon status={status} size={20} className="sm:hidden" />
                <span className="w-28 shrink-0 max-sm:hidden">
                  <StatusPill status={status} />
                </span>
                <span className="min-w-0 flex-1 sm:flex sm:items-baseline sm:gap-2.5">
                  {withPipeline && (
                    <span className="block shrink-0 truncate font-medium sm:max-w-60">
                      {run.pipeline.name}
                      {(idsOf.get(run.pipeline.name)?.size ?? 0) > 1 && (
                        <code className="ml-1.5 font-normal text-muted">{run.pipeline.shortId}</code>
                      )}
                    </span>
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
