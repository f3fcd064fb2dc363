// Home: what is in progress, what failed, what finished. With no pipelines yet it is the welcome page.

import type { ReactNode } from 'react'
import { Link } from '@tanstack/react-router'
import { PipelineNamesDocument, RunListDocument, type RunStatus } from '@flowmason/graphql'
import { ErrorPanel, cx } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { useLiveRuns } from './live-runs.ts'
import { RunRows, RunRowsSkeleton, listBox } from './run-rows.tsx'
import { Welcome } from './welcome.tsx'

const UNDER_WAY: RunStatus[] = ['QUEUED', 'RUNNING', 'WAITING']

export function Home() {
  const pipelines = useAnswer(PipelineNamesDocument, { first: 1, search: null })
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
        <ErrorPanel
          title="Nothing can be listed at the moment"
          problem={pipelines.problem}
          onRetry={pipelines.refetch}
        />
      )}
      <div ref={list} className={cx('flex flex-col gap-7', pipelines.problem && 'hidden')}>
        <Section title="In progress" status={UNDER_WAY} first={20} pause={!ready}>
          Nothing is running. <Pipelines />
        </Section>
        <Section title="Failed" status={['FAILED']} first={6} pause={!ready}>
          No run has failed.
        </Section>
        <Section title="Finished" status={['SUCCEEDED']} first={8} pause={!ready}>
          No run has finished yet. <Pipelines />
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

function Section({
  title,
  status,
  first,
  pause,
  children,
}: {
  title: string
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
          <Link
            to="/runs"
            search={status.length === 1 && status[0] ? { status: status[0] } : {}}
            className="text-xs text-muted hover:text-text"
          >
            All runs
          </Link>
        )}
      </div>
      {answer.problem ? (
        <ErrorPanel title="These runs cannot be listed" problem={answer.problem} onRetry={answer.refetch} />
      ) : (
        <div className={listBox}>
          {!rows ? (
            <RunRowsSkeleton rows={3} />
          ) : rows.length === 0 ? (
            <p className="px-3 py-2.5 text-muted">{children}</p>
          ) : (
            <RunRows runs={rows} fresh={fresh} />
          )}
        </div>
      )}
    </section>
  )
}
