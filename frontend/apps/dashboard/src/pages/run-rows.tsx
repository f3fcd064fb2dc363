// Rows of runs; two lines per run on a phone.

import { memo } from 'react'
import { Link } from '@tanstack/react-router'
import type { RunRowFragment } from '@flowmason/graphql'
import { Ago, Elapsed, Skeleton, StatusPill, cx, plainText, shortId, toStatus } from '@flowmason/ui'
import { isOver } from '../run/journal.ts'
import { spanOf } from '../lib/run-time.ts'
import { useInViewport } from '../lib/use-in-viewport.ts'
import { EnvironmentTag } from '../publishing/environment-tag.tsx'
import { actorWords } from '../lib/words.ts'
import { addressWords } from '../run/address.ts'

/** The second line of a run: the failure, or the progress. */
function detail(run: RunRowFragment): string {
  if (run.status === 'FAILED' && run.error)
    return run.error.stage ? `${addressWords(run.error.stage)} · ${run.error.message}` : run.error.message
  if (isOver(toStatus(run.status))) return ''
  return run.stagesTotal > 0 ? `${run.stagesDone} of ${run.stagesTotal} stages ended` : ''
}

function RunTime({ run, className }: { run: RunRowFragment; className: string }) {
  const { from, to } = spanOf(run, isOver(toStatus(run.status)))
  if (from === undefined) return <span className={cx('text-muted', className)}>–</span>
  return <Elapsed from={from} to={to} className={className} />
}

export interface Selection {
  chosen: { has: (id: string) => boolean; size: number }
  onToggle: (id: string) => void
  onAll: (chosen: boolean) => void
}

/** The column headings; rows repeat them for screen readers where necessary. */
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

/** The height of a row, to determine which rows are in view at first. */
const ROW_PX = 32

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
  // Pipelines with the same name are distinguished by their ids.
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
        {runs.map((run, index) => (
          <RunRow
            key={run.id}
            run={run}
            top={index * ROW_PX}
            name={withPipeline ? run.pipeline.name : undefined}
            twin={(idsOf.get(run.pipeline.name)?.size ?? 0) > 1}
            fresh={fresh?.has(run.id) === true}
            chosen={selection?.chosen.has(run.id) === true}
            onToggle={selection?.onToggle}
          />
        ))}
      </ul>
    </>
  )
}

const RunRow = memo(function RunRow({
  run,
  top,
  name,
  twin,
  fresh,
  chosen,
  onToggle,
}: {
  run: RunRowFragment
  top: number
  /** The pipeline's name, if the list is of several pipelines. */
  name: string | undefined
  twin: boolean
  fresh: boolean
  chosen: boolean
  onToggle: ((id: string) => void) | undefined
}) {
  const [ref, seen] = useInViewport(top)
  const text = seen ? detail(run) : ''
  return (
    <li ref={ref} className={cx('flex items-center hover:bg-raise', fresh && 'fm-new', chosen && 'bg-raise')}>
      {onToggle && (
        <label className="flex h-8 shrink-0 cursor-pointer items-center pr-1.5 pl-3 max-sm:h-14">
          <input
            type="checkbox"
            aria-label={`Select the run ${shortId(run.id)} of ${run.pipeline.name}`}
            data-run={run.id}
            checked={chosen}
            onChange={() => onToggle(run.id)}
            className="size-3.5 accent-[var(--text)] max-sm:size-5"
          />
        </label>
      )}
      {/* On a phone: the icon, the name above the detail, and the time. Else columns, the first one 112 px wide. */}
      <Link
        data-row
        to="/runs/$runId"
        params={{ runId: run.id }}
        className="relative flex min-h-8 min-w-0 flex-1 items-center gap-3 px-3 focus-visible:-outline-offset-2 max-sm:grid max-sm:min-h-14 max-sm:grid-cols-[20px_1fr_auto] max-sm:gap-y-0 max-sm:py-2 sm:pl-[136px]"
      >
        {seen ? (
          <>
            <StatusPill slim status={toStatus(run.status)} className="max-sm:row-span-2 sm:absolute sm:left-3" />
            {name !== undefined && (
              <span className="truncate font-medium sm:max-w-60 sm:shrink-0">
                {name}
                {twin && <code className="ml-1.5 font-normal text-muted">{run.pipeline.shortId}</code>}
              </span>
            )}
            <EnvironmentTag environment={run.environment} className="max-sm:hidden" />
            <code className={cx('shrink-0 text-muted max-sm:col-start-2', text ? 'max-sm:hidden' : 'sm:flex-1')}>
              {shortId(run.id)}
            </code>
            {text && (
              <span className="min-w-0 truncate text-xs text-muted max-sm:col-start-2 max-sm:text-sm sm:flex-1">
                {plainText(text)}
              </span>
            )}
            <span className="w-32 shrink-0 truncate text-xs text-muted max-lg:hidden">
              v{run.version.number} · {actorWords(run.startedBy)}
            </span>
            <RunTime run={run} className="w-20 shrink-0 text-right text-xs max-sm:hidden" />
            <Ago
              at={run.createdAt}
              className="shrink-0 text-right text-xs text-muted max-sm:col-start-3 max-sm:row-span-2 max-sm:row-start-1 sm:w-24"
            />
          </>
        ) : (
          `${name ?? ''} ${shortId(run.id)}`
        )}
      </Link>
    </li>
  )
})

/** Skeletons of rows, inside a `Loading`. */
export function RunRowSkeletons({ rows = 8 }: { rows?: number }) {
  return Array.from({ length: rows }, (_, index) => (
    <div key={index} className="flex h-8 items-center gap-3 px-3 max-sm:h-14">
      <Skeleton className="h-5 w-24 rounded-full max-sm:w-5" />
      <Skeleton className="h-3.5 w-40" />
      <span className="flex-1" />
      <Skeleton className="h-3.5 w-16" />
    </div>
  ))
}
