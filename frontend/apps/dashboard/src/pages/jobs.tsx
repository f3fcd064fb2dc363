// Jobs of the organization: what failed for good, with the reason and another try; or all of them.

import { useEffect } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { CircleCheck, ListChecks, RotateCcw } from 'lucide-react'
import { JobDocument, type JobRowFragment, JobsDocument, RetryJobDocument } from '@flowmason/graphql'
import { Ago, Button, Empty, ErrorPanel, Loading, Note, Skeleton, StatusPill, Ticked, cx } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { jobDetail, jobName, jobStatus } from '../lib/job-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { actorWords } from '../lib/words.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useMay, useViewer } from '../shell/shell.tsx'
import { listBox } from './run-rows.tsx'

const PAGE = 30
const POLL_MS = 2000

export function Jobs() {
  useTitle('Jobs')
  const { all, after } = useSearch({ from: '/shell/jobs' })
  const navigate = useNavigate({ from: '/jobs' })
  const viewer = useViewer()
  const may = useMay('job.read')
  const mayRetry = useMay('job.retry')
  const list = useRows<HTMLUListElement>()
  const answer = useAnswer(
    JobsDocument,
    { first: PAGE, after: after ?? null, status: all ? null : 'FAILED' },
    { pause: !may, keep: true },
  )
  const rows = answer.data?.jobs.edges.map((edge) => edge.node)
  const page = answer.data?.jobs.pageInfo
  return (
    <>
      <PageHead
        crumbs={[{ label: 'Settings', to: { to: '/settings' }, wide: true }, { label: 'Jobs' }]}
        actions={may && <Which all={all === true} />}
      />
      <Column wide className="flex flex-col gap-4">
        <p className="max-w-2xl text-muted">
          A job is work that the server does later, such as a change of many runs. One that keeps failing stops here
          with the reason, until somebody tries it again.
        </p>
        {viewer && !may ? (
          <Note icon={<ListChecks size={15} aria-hidden="true" />}>
            Your role does not see the jobs of the organization. Ask an owner or an admin.
          </Note>
        ) : answer.problem ? (
          <ErrorPanel title="The jobs cannot be listed" problem={answer.problem} onRetry={answer.refetch} />
        ) : (
          <div className={listBox}>
            {!rows ? (
              <JobsSkeleton />
            ) : rows.length > 0 ? (
              <ul ref={list} className="divide-y divide-line">
                {rows.map((job) => (
                  <JobRow key={job.id} job={job} mayRetry={mayRetry} />
                ))}
              </ul>
            ) : after ? (
              <Empty title="No more jobs">The list ends with the page before this one.</Empty>
            ) : all ? (
              <Empty icon={<ListChecks size={22} aria-hidden="true" />} title="No jobs yet">
                Cancel or retry many runs on the Runs page and the job appears here.
              </Empty>
            ) : (
              <Empty
                icon={<CircleCheck size={22} className="text-ok" aria-hidden="true" />}
                title="No failed jobs"
                action={
                  <Link
                    to="/jobs"
                    search={{ all: true }}
                    className="inline-flex h-7 items-center rounded-control border border-line2 bg-panel px-2.5 font-medium hover:bg-raise"
                  >
                    All jobs
                  </Link>
                }
              >
                Every job did what it was for, or is still being tried.
              </Empty>
            )}
          </div>
        )}
        {(after || page?.hasNextPage) && (
          <nav aria-label="Pages" className="flex items-center justify-between">
            <Button
              disabled={!after}
              onClick={() => void navigate({ search: (before) => ({ ...before, after: undefined }) })}
            >
              Newest
            </Button>
            <Button
              disabled={!page?.hasNextPage}
              onClick={() =>
                void navigate({ search: (before) => ({ ...before, after: page?.endCursor ?? undefined }) })
              }
            >
              Older
            </Button>
          </nav>
        )}
      </Column>
    </>
  )
}

/** Which jobs are listed. */
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

/** A job that is at work again is looked at until it ends, so the row says what came of it. */
function JobRow({ job: listed, mayRetry }: { job: JobRowFragment; mayRetry: boolean }) {
  const atWork = (status: JobRowFragment['status']) => status === 'QUEUED' || status === 'RUNNING'
  const own = useAnswer(JobDocument, { id: listed.id }, { pause: !atWork(listed.status) })
  const job = own.data?.job ?? listed
  const retry = useChange(RetryJobDocument)
  const open = atWork(listed.status)
  const { refetch } = own
  useEffect(() => {
    if (!open) return
    const timer = setInterval(() => {
      if (!document.hidden) refetch()
    }, POLL_MS)
    return () => clearInterval(timer)
  }, [open, refetch])
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

function JobsSkeleton() {
  return (
    <Loading label="Loading the jobs" className="divide-y divide-line">
      {[0, 1, 2].map((each) => (
        <div key={each} className="flex h-[76px] items-start gap-4 px-3 py-3">
          <Skeleton className="h-5 w-20 rounded-full" />
          <div className="flex-1 space-y-2">
            <Skeleton className="h-3.5 w-44" />
            <Skeleton className="h-3 w-72 max-w-full" />
          </div>
        </div>
      ))}
    </Loading>
  )
}
