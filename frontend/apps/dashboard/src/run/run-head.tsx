// The header of the run page: breadcrumbs, status and actions.

import { ListRestart, RotateCcw, Square, SquarePen } from 'lucide-react'
import { Link } from '@tanstack/react-router'
import { useLink } from '@flowmason/graphql'
import { Ago, Button, Copy, Elapsed, Id, Skeleton, type Status, StatusPill, Tip, cx, shortId } from '@flowmason/ui'
import { CanvasSkeleton } from '@flowmason/pipeline-canvas/canvas'
import type { Span } from '../lib/run-time.ts'
import { useKeptFocus } from '../lib/use-kept-focus.ts'
import { actorWords, count } from '../lib/words.ts'
import { EnvironmentTag } from '../publishing/environment-tag.tsx'
import { PageHead } from '../shell/page.tsx'
import { Workbench } from '../shell/workbench.tsx'
import { type Reading, readingWords } from './reading.ts'
import type { RunData } from './run-page.tsx'

export interface RunHeadProps {
  run: RunData
  status: Status
  over: boolean
  span: Span
  at: number | null
  reading: Reading | undefined
  cancelling: boolean
  mayCancel: boolean
  mayStart: boolean
  retrying: boolean
  onCancel: () => void
  onRetry: () => void
  /** Retries from the failed stage; absent if the run has no results to reuse. */
  onRetryRest: (() => void) | undefined
}

const ENDED: Partial<Record<Status, string>> = {
  succeeded: 'The run succeeded',
  failed: 'The run failed',
  cancelled: 'The run was cancelled',
}

export function RunHead(props: RunHeadProps) {
  const { run, status, over, span, at, reading, cancelling } = props
  const { mayCancel, mayStart, retrying, onCancel, onRetry, onRetryRest } = props
  const crowded = onRetryRest !== undefined || run.environment !== 'DEVELOPMENT'
  const focus = useKeptFocus<HTMLDivElement>()
  return (
    <PageHead
      crumbs={[
        { label: 'Pipelines', to: { to: '/pipelines' }, wide: true },
        { label: run.pipeline.name, to: { to: '/pipelines/$pipelineId', params: { pipelineId: run.pipeline.id } } },
        {
          label: (
            <span className="flex items-center">
              <Id id={run.id} copy={false} />
            </span>
          ),
        },
      ]}
      after={
        <>
          <EnvironmentTag environment={run.environment} />
          <span className="shrink-0" data-testid="run-status">
            <StatusPill status={status} {...(cancelling ? { word: 'Cancelling' } : {})} />
          </span>
          {span.from !== undefined && (
            <span className="shrink-0 text-muted" data-testid="run-time">
              <Elapsed from={span.from} to={span.to} />
            </span>
          )}
          {/* Hidden if three actions or an environment leave no room for it; the run's panel shows it too. */}
          <span className={cx('truncate text-muted', crowded ? 'max-2xl:hidden' : 'max-lg:hidden')}>
            · started by {actorWords(run.startedBy)} <Ago at={run.createdAt} />
          </span>
          {reading && (
            <span className="fm-late tnum truncate text-xs text-muted" data-testid="reading">
              {readingWords(reading)}
            </span>
          )}
          {!over && <LiveDot at={at} />}
          <p className="sr-only" role="status">
            {cancelling
              ? 'The run is being cancelled'
              : over
                ? (ENDED[status] ?? 'The run ended')
                : 'The run is in progress'}
          </p>
        </>
      }
      actions={
        <>
          <Copy text={() => location.href} label="Copy the link" className="size-7 max-sm:hidden" />
          <div className="contents" {...focus}>
            {mayCancel && !over && (
              <Button busy={cancelling} onClick={onCancel} shortcut="C" icon={<Square size={13} aria-hidden="true" />}>
                Cancel
              </Button>
            )}
            {mayStart && over && (
              <Link
                to="/pipelines/$pipelineId"
                params={{ pipelineId: run.pipeline.id }}
                search={{ version: run.version.number, run: true, from: run.id }}
                aria-label="Edit input and run"
                className="inline-flex h-7 items-center gap-1.5 rounded-control border border-line2 bg-panel px-2.5 font-medium whitespace-nowrap hover:bg-raise max-sm:h-8"
              >
                <SquarePen size={13} aria-hidden="true" />
                <span>
                  Edit input<span className="max-md:hidden"> and run</span>
                </span>
              </Link>
            )}
            {mayStart && over && onRetryRest && (
              <Button
                busy={retrying}
                onClick={onRetryRest}
                data-tip="Starts a new run that reuses the results of successful stages and runs the rest"
                icon={<ListRestart size={13} aria-hidden="true" />}
              >
                {status === 'failed' ? (
                  <>
                    Retry <span className="max-sm:hidden">failed stage</span>
                  </>
                ) : (
                  'Run the rest'
                )}
              </Button>
            )}
            {mayStart && over && (
              <Button busy={retrying} onClick={onRetry} shortcut="R" icon={<RotateCcw size={13} aria-hidden="true" />}>
                Run again
              </Button>
            )}
          </div>
        </>
      }
    />
  )
}

function LiveDot({ at }: { at: number | null }) {
  const link = useLink((each) => each.state)
  const [word, colour, text] =
    link === 'reconnecting'
      ? ['Reconnecting', 'text-wait', 'The server is not responding, so times are paused.']
      : link === 'idle'
        ? ['Connecting', 'text-muted', 'Opening the live connection.']
        : at !== null
          ? ['Looking back', 'text-muted', 'The run continues. Press L to see it live.']
          : ['Live', 'text-run', 'Events are shown as they happen.']
  return (
    <Tip text={text}>
      <span role="status" data-link={link} className={cx('flex items-center gap-1.5 text-xs', colour)}>
        <span className="size-1.5 rounded-full bg-current" aria-hidden="true" />
        {word}
      </span>
    </Tip>
  )
}

/** The line under the canvas: the version or the revision of the draft, and the run that this one retries. */
export function VersionNote({ run }: { run: RunData }) {
  return (
    <span className="flex min-w-0 items-center gap-1 truncate px-2 text-xs text-muted">
      <Link
        to="/pipelines/$pipelineId"
        params={{ pipelineId: run.pipeline.id }}
        search={typeof run.draftRevision === 'number' ? { edit: true } : { version: run.version.number }}
        className="hover:text-text"
      >
        {typeof run.draftRevision === 'number'
          ? `draft, revision ${run.draftRevision}`
          : `version ${run.version.number}`}
      </Link>
      <span className="max-sm:hidden">
        · created <Ago at={run.version.createdAt} />
      </span>
      {run.retriedFrom && (
        <Link to="/runs/$runId" params={{ runId: run.retriedFrom.id }} className="hover:text-text">
          · {run.onlyStage === null ? 'retry' : `stage ${run.onlyStage}`} of {shortId(run.retriedFrom.id)}
        </Link>
      )}
      {run.onlyStage === null && run.stagesReused > 0 && (
        <span data-testid="reused">· {count(run.stagesReused, 'result')} reused</span>
      )}
    </span>
  )
}

export function RunSkeleton({ id }: { id: string }) {
  return (
    <>
      <PageHead
        crumbs={[{ label: 'Pipelines', to: { to: '/pipelines' }, wide: true }, { label: <code>{shortId(id)}</code> }]}
        after={<Skeleton className="h-5 w-20 rounded-full" />}
      />
      <Workbench
        selected={null}
        onClose={() => {}}
        canvas={<CanvasSkeleton />}
        below={
          <div className="flex flex-col gap-3 p-4">
            {[28, 44, 36, 52].map((width) => (
              <Skeleton key={width} className="h-4" />
            ))}
          </div>
        }
        inspector={
          <div className="flex flex-col gap-3 p-4">
            <Skeleton className="h-5 w-40" />
            <Skeleton className="h-4 w-56" />
            <Skeleton className="h-40" />
          </div>
        }
      />
    </>
  )
}
