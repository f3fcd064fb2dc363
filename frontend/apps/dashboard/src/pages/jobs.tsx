// Jobs of the organization: failed ones with the reason and a retry, or all of them.

import { useEffect } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { CircleCheck, ListChecks, RotateCcw } from 'lucide-react'
import { useClient } from 'urql'
import { JobDocument, type JobRowFragment, JobsDocument, RetryJobDocument } from '@flowmason/graphql'
import { Ago, Button, Empty, StatusPill, Ticked, cx } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { jobDetail, jobName, jobStatus } from '../lib/job-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { actorWords } from '../lib/words.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useMay, useViewer } from '../shell/shell.tsx'
import { List, Pages, RowSkeletons, plainLink } from './list.tsx'

const PAGE = 30
const POLL_MS = 2000

export function Jobs() {
  useTitle('Jobs')
  const { all, after } = useSearch({ from: '/shell/jobs' })
  const navigate = useNavigate({ from: '/jobs' })
  const viewer = useViewer()
  const may = useMay('job.read')
  const mayRetry = useMay('job.retry')
  const list = useRows<HTMLDivElement>()
  const answer = useAnswer(
    JobsDocument,
    { first: PAGE, after: after ?? null, status: all ? null : 'FAILED' },
    { pause: !may, keep: true },
  )
  const rows = answer.data?.jobs.edges.map((edge) => edge.node)
  const page = answer.data?.jobs.pageInfo
  useFollowed(rows)
  return (
    <>
      <PageHead
        crumbs={[{ label: 'Settings', to: { to: '/settings' }, wide: true }, { label: 'Jobs' }]}
        actions={may && <Which all={all === true} />}
      />
      <Column wide className="flex flex-col gap-4">
        <p className="max-w-2xl text-muted">
          A job is background work of the server, such as cancelling many runs. A job that keeps failing is stopped and
          listed here with the reason until somebody retries it.
        </p>
        <List
          ref={list}
          name="jobs"
          answer={answer}
          rows={rows}
          denied={
            viewer && !may
              ? {
                  icon: <ListChecks size={15} aria-hidden="true" />,
                  words: 'Your role cannot view the jobs of the organization. Ask an owner or an admin.',
                }
              : undefined
          }
          loading={<RowSkeletons rows={3} height="h-[76px]" front="h-5 w-24 rounded-full" />}
          empty={<NoJobs all={all === true} after={after} />}
        >
          {(jobs) => (
            <ul className="divide-y divide-line">
              {jobs.map((job) => (
                <JobRow key={job.id} job={job} mayRetry={mayRetry} />
              ))}
            </ul>
          )}
        </List>
        <Pages
          after={after}
          page={page}
          words={['Newest', 'Older']}
          onGo={(to) => void navigate({ search: (before) => ({ ...before, after: to }) })}
        />
      </Column>
    </>
  )
}

/** The switch between failed jobs and all jobs. */
function Which({ all }: { all: boolean }) {
  const look = (chosen: boolean) =>
    cx(
      'inline-flex h-7 items-center rounded-control px-2.5 max-sm:h-8',
      chosen ? 'bg-raise font-medium text-text' : 'text-muted hover:text-text',
    )
  return (
    <nav aria-label="Which jobs" className="flex gap-0.5">
      <Link to="/jobs" search={{}} className={look(!all)} aria-current={all ? undefined : 'page'}>
        Failed
      </Link>
      <Link to="/jobs" search={{ all: true }} className={look(all)} aria-current={all ? 'page' : undefined}>
        All
      </Link>
    </nav>
  )
}

const atWork = ({ status }: JobRowFragment) => status === 'QUEUED' || status === 'RUNNING'

/** Polls running jobs with one timer until they end, so that their rows show the outcome. */
function useFollowed(jobs: readonly JobRowFragment[] | undefined) {
  const client = useClient()
  const open = (jobs ?? [])
    .filter(atWork)
    .map((job) => job.id)
    .join(' ')
  useEffect(() => {
    if (!open) return
    const timer = setInterval(() => {
      if (document.hidden) return
      for (const id of open.split(' '))
        void client.query(JobDocument, { id }, { requestPolicy: 'network-only' }).toPromise()
    }, POLL_MS)
    return () => clearInterval(timer)
  }, [client, open])
}

function JobRow({ job, mayRetry }: { job: JobRowFragment; mayRetry: boolean }) {
  const retry = useChange(RetryJobDocument)
  const again = async () => {
    if (await retry.run({ input: { id: job.id } })) toast('The job is queued again.')
  }
  const failed = job.status === 'FAILED'
  return (
    <li
      data-job={job.id}
      className="flex items-start gap-x-4 gap-y-2 px-3 py-3 max-sm:flex-wrap"
      aria-label={`${jobName(job.kind)}, ${job.status.toLowerCase()}`}
    >
      <span className="w-28 shrink-0">
        <StatusPill status={jobStatus(job.status)} />
      </span>
      <div className="min-w-0 flex-1 max-sm:order-last max-sm:basis-full">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{jobName(job.kind)}</span>
          <span className="text-xs text-muted">{jobDetail(job)}</span>
        </p>
        {job.error && job.status !== 'SUCCEEDED' && (
          <p className="break-words">
            <Ticked text={job.error.message} /> <code className="text-xs text-muted">{job.error.code}</code>
          </p>
        )}
        <p className="text-xs text-muted">
          Requested by {actorWords(job.requestedBy)} <Ago at={job.createdAt} />
          {failed && job.finishedAt && (
            <>
              {' · failed '}
              <Ago at={job.finishedAt} />
            </>
          )}
          {job.status === 'QUEUED' && job.attempts > 0 && (
            <>
              {' · next attempt '}
              <Ago at={job.runAt} />
            </>
          )}
        </p>
      </div>
      {failed && mayRetry && (
        <span className="shrink-0 max-sm:ml-auto">
          <Button
            data-row
            busy={retry.busy}
            icon={<RotateCcw size={13} aria-hidden="true" />}
            onClick={() => void again()}
          >
            Try again
          </Button>
        </span>
      )}
    </li>
  )
}

function NoJobs({ all, after }: { all: boolean; after: string | undefined }) {
  if (after) return <Empty title="No more jobs">The previous page was the last one.</Empty>
  if (all)
    return (
      <Empty icon={<ListChecks size={22} aria-hidden="true" />} title="No jobs yet">
        Cancel or retry many runs on the Runs page and the job appears here.
      </Empty>
    )
  return (
    <Empty
      icon={<CircleCheck size={22} className="text-ok" aria-hidden="true" />}
      title="No failed jobs"
      action={
        <Link to="/jobs" search={{ all: true }} className={plainLink}>
          All jobs
        </Link>
      }
    >
      Every job has succeeded or is still in progress.
    </Empty>
  )
}
