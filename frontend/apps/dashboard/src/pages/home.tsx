// Home: requests that wait for approval, runs that need attention, trends of the last day and month, runs in progress,
// finished runs. Without pipelines it is the welcome page.

import { type ReactNode, Suspense } from 'react'
import { Link } from '@tanstack/react-router'
import {
  JobsDocument,
  PipelineNamesDocument,
  RunListDocument,
  type RunRowFragment,
  type RunStatus,
  RunTrendsDocument,
} from '@flowmason/graphql'
import { Ago, ErrorPanel, Loading, StatusIcon, Ticked, cx, shortId, useNow } from '@flowmason/ui'
import { later } from '../lib/later.tsx'
import { mayAnywhere } from '../lib/may.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useRefresh } from '../lib/use-refresh.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { count } from '../lib/words.ts'
import { useFeed } from '../shell/feed.ts'
import { addressWords } from '../run/address.ts'
import { Column } from '../shell/page.tsx'
import { useMay, useViewer } from '../shell/shell.tsx'
import { needsOf, recentlyFailed } from './needs.ts'
import { List, listBox } from './list.tsx'
import { useLiveRuns } from './live-runs.ts'
import { RunRowSkeletons, RunRows } from './run-rows.tsx'
import { TrendChart } from './trend-chart.tsx'
import { Welcome } from './welcome.tsx'
import { WithoutPipelines } from './without-pipelines.tsx'

const Approvals = later(() => import('../publishing/approvals.tsx'), 'Approvals')

const IN_PROGRESS: RunStatus[] = ['QUEUED', 'RUNNING', 'WAITING']
const FAILED: RunStatus[] = ['FAILED']
const FINISHED: RunStatus[] = ['SUCCEEDED', 'CANCELLED']
/** What the overview shows needs both, in the organization or on some of its pipelines. */
const SEEN = ['pipeline.read', 'run.read']
const FAILED_ASKED = 60
const JOBS_ASKED = 20

export function Home() {
  const viewer = useViewer()
  const limited = viewer !== undefined && !SEEN.every((permission) => mayAnywhere(viewer, permission))
  const pipelines = useAnswer(PipelineNamesDocument, { first: 1, search: null }, { pause: limited })
  if (limited) return <WithoutPipelines viewer={viewer} />
  if (pipelines.data && pipelines.data.pipelines.edges.length === 0) return <Welcome />
  return <Overview ready={pipelines.data !== undefined} pipelines={pipelines} />
}

function Overview({ ready, pipelines }: { ready: boolean; pipelines: ReturnType<typeof useAnswer> }) {
  useTitle('Home')
  const viewer = useViewer()
  const list = useRows<HTMLDivElement>()
  return (
    <Column wide className="flex flex-col gap-7">
      <h1 className="page-title">{viewer?.organization.name ?? 'Home'}</h1>
      {pipelines.problem && (
        <ErrorPanel title="The overview could not be loaded" problem={pipelines.problem} onRetry={pipelines.refetch} />
      )}
      <div ref={list} className={cx('flex flex-col gap-7', pipelines.problem && 'hidden')}>
        {ready && viewer && mayAnywhere(viewer, 'production.use') && (
          <Suspense fallback={null}>
            <Approvals />
          </Suspense>
        )}
        <Needs pause={!ready} />
        <Trends pause={!ready} />
        <Section title="In progress" name="runs in progress" status={IN_PROGRESS} first={10} pause={!ready}>
          Nothing is running. <Pipelines />
        </Section>
        <Section title="Finished" name="finished runs" status={FINISHED} first={8} pause={!ready}>
          No run has succeeded or been cancelled yet. <Pipelines />
        </Section>
      </div>
    </Column>
  )
}

const Pipelines = () => (
  <Link to="/pipelines" className="text-text underline underline-offset-2">
    Open a pipeline to run it
  </Link>
)

/** Failures of the last 24 hours, each cause of a pipeline once with its stage, and runs queued for too long. */
function Needs({ pause }: { pause: boolean }) {
  const failed = useAnswer(RunListDocument, { first: FAILED_ASKED, status: FAILED }, { pause })
  const open = useAnswer(RunListDocument, { first: FAILED_ASKED, status: IN_PROGRESS }, { pause })
  const failures = useLiveRuns(failed, { status: FAILED, first: FAILED_ASKED })
  const inProgress = useLiveRuns(open, { status: IN_PROGRESS, first: FAILED_ASKED })
  const problem = failed.problem ?? open.problem
  const now = useNow(true, 'slow')
  const mayJobs = useMay('job.read')
  const jobs = useAnswer(
    JobsDocument,
    { first: JOBS_ASKED, after: null, status: 'FAILED' },
    { pause: pause || !mayJobs },
  )
  const failedJobs = recentlyFailed(jobs.data?.jobs.edges.map((edge) => edge.node) ?? [], now)
  const needs = failures.rows && inProgress.rows && needsOf(failures.rows, inProgress.rows, now)
  return (
    <section aria-label="Needs attention">
      <div className="mb-1.5 flex items-baseline justify-between px-0.5">
        <h2 className="text-xs text-muted">Needs attention</h2>
        <Link to="/runs" search={{ status: 'FAILED', since: '24h' }} className="text-xs text-muted hover:text-text">
          All failed runs
        </Link>
      </div>
      {problem ? (
        <ErrorPanel
          title="The runs that need attention could not be loaded"
          problem={problem}
          onRetry={() => {
            failed.refetch()
            open.refetch()
          }}
        />
      ) : !needs ? (
        <Loading label="Loading what needs attention" className={`${listBox} divide-y divide-line`}>
          <RunRowSkeletons rows={2} />
        </Loading>
      ) : needs.failures.length === 0 && needs.stuck.length === 0 && failedJobs === 0 ? (
        <p className={`${listBox} flex items-center gap-2.5 px-3 py-2.5 text-muted`}>
          <StatusIcon status="succeeded" size={16} />
          Nothing needs your attention. No run failed in the last 24 hours.
        </p>
      ) : (
        <ul className={`${listBox} divide-y divide-line`}>
          {needs.stuck.length > 0 && (
            <li className="flex min-h-11 items-center gap-3 px-3 py-2">
              <StatusIcon status="waiting" size={16} />
              <span className="min-w-0 flex-1">
                {count(needs.stuck.length, 'run')} {needs.stuck.length === 1 ? 'has' : 'have'} been queued for over a
                minute. Is a worker running?
              </span>
              <Link to="/runs" search={{ status: 'QUEUED' }} className="shrink-0 text-xs text-muted hover:text-text">
                Queued runs
              </Link>
            </li>
          )}
          {failedJobs > 0 && (
            <li className="flex min-h-11 items-center gap-3 px-3 py-2">
              <StatusIcon status="failed" size={16} />
              <span className="min-w-0 flex-1">{count(failedJobs, 'job')} failed in the last 24 hours.</span>
              <Link to="/jobs" className="shrink-0 text-xs text-muted hover:text-text">
                Failed jobs
              </Link>
            </li>
          )}
          {needs.failures.map(({ latest, times }) => (
            <Failed key={latest.pipeline.id + (latest.error?.code ?? '')} run={latest} times={times} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Failed({ run, times }: { run: RunRowFragment; times: number }) {
  const stage = run.error?.stage
  return (
    <li className="flex items-start gap-3 px-3 py-2.5">
      <StatusIcon status="failed" size={16} className="mt-0.5" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <Link
            data-row
            to="/runs/$runId"
            params={{ runId: run.id }}
            className="inline-flex min-h-6 items-center font-medium hover:underline"
            aria-label={`${run.pipeline.name}, failed run ${shortId(run.id)}`}
          >
            {run.pipeline.name}
          </Link>
          <code className="text-muted max-sm:hidden">{shortId(run.id)}</code>
          {times > 1 && (
            <Link
              to="/runs"
              search={{ status: 'FAILED', pipeline: run.pipeline.id, since: '24h' }}
              className="inline-flex min-h-6 items-center text-xs text-muted hover:text-text hover:underline"
            >
              {times} times in 24 hours
            </Link>
          )}
        </p>
        <p className="line-clamp-2 break-words text-muted">
          {stage && (
            <>
              <Link
                to="/runs/$runId"
                params={{ runId: run.id }}
                search={{ stage }}
                title={stage}
                className="font-mono text-xs text-text underline underline-offset-2"
              >
                {addressWords(stage)}
              </Link>{' '}
            </>
          )}
          <Ticked text={run.error?.message ?? 'The run failed without a message.'} />
        </p>
      </div>
      <span className="shrink-0 text-xs text-muted">
        <Ago at={run.finishedAt ?? run.createdAt} />
      </span>
    </li>
  )
}

function Trends({ pause }: { pause: boolean }) {
  const { data, problem, refetch } = useAnswer(RunTrendsDocument, {}, { pause })
  useRefresh(
    refetch,
    useFeed((state) => state.changed),
    { pause },
  )
  if (problem) return <ErrorPanel title="The trends could not be loaded" problem={problem} onRetry={refetch} />
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <TrendChart title="Last 24 hours" trend={data?.day} daily={false} />
      <TrendChart title="Last 30 days" trend={data?.month} daily />
    </div>
  )
}

function Section({
  title,
  name,
  status,
  first,
  pause,
  children,
}: {
  title: string
  /** Used in messages such as `The finished runs could not be loaded`. */
  name: string
  status: RunStatus[]
  first: number
  pause: boolean
  children: ReactNode
}) {
  const answer = useAnswer(RunListDocument, { first, status }, { pause })
  const { rows, fresh } = useLiveRuns(answer, { status, first })
  return (
    <section aria-label={title}>
      <div className="mb-1.5 flex items-baseline justify-between px-0.5">
        <h2 className="text-xs text-muted">{title}</h2>
        {rows && rows.length > 0 && (
          <Link to="/runs" search={{ status: status.join(',') }} className="text-xs text-muted hover:text-text">
            See all
          </Link>
        )}
      </div>
      <List
        name={name}
        answer={answer}
        rows={rows}
        loading={<RunRowSkeletons rows={4} />}
        empty={<p className="px-3 py-2.5 text-muted">{children}</p>}
      >
        {(runs) => <RunRows runs={runs} fresh={fresh} headings />}
      </List>
    </section>
  )
}
