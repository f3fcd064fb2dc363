// All pipelines, each with its picture and its last run.

import { useEffect, useState } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, Search, Waypoints } from 'lucide-react'
import { PipelineListDocument, type PipelineListQuery } from '@flowmason/graphql'
import { MiniCanvas } from '@flowmason/pipeline-canvas'
import { Ago, Button, Empty, ErrorPanel, Loading, Skeleton, StatusPill, shortId, toStatus } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { count } from '../lib/words.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { ImportBox } from './import.tsx'
import { listBox } from './run-rows.tsx'

const PAGE = 30
const newLink =
  'inline-flex h-7 items-center gap-1.5 rounded-control border border-transparent bg-text px-2.5 font-medium text-bg hover:opacity-90 max-sm:h-8'

export function Pipelines() {
  useTitle('Pipelines')
  const search = useSearch({ from: '/shell/pipelines' })
  const navigate = useNavigate({ from: '/pipelines' })
  const list = useRows<HTMLUListElement>()
  const [typed, setTyped] = useState(search.search ?? '')
  useEffect(() => {
    if (typed === (search.search ?? '')) return
    const timer = setTimeout(() => void navigate({ search: typed ? { search: typed } : {}, replace: true }), 200)
    return () => clearTimeout(timer)
  }, [typed, search.search, navigate])
  const answer = useAnswer(
    PipelineListDocument,
    { first: PAGE, after: search.after ?? null, search: search.search ?? null },
    { keep: true },
  )
  const rows = answer.data?.pipelines.edges.map((edge) => edge.node)
  const page = answer.data?.pipelines.pageInfo
  return (
    <>
      <PageHead
        crumbs={[{ label: 'Pipelines' }]}
        actions={
          <>
            <label className="relative block">
              <span className="sr-only">Find a pipeline by name</span>
              <Search
                size={14}
                className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-muted"
                aria-hidden="true"
              />
              <input
                type="search"
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
                placeholder="Find by name"
                className="h-7 w-48 rounded-control border border-line2 bg-panel pr-2 pl-8 max-sm:h-8 max-sm:w-36"
              />
            </label>
            <Link to="/welcome" className={newLink}>
              <Plus size={14} aria-hidden="true" /> New
            </Link>
          </>
        }
      />
      <Column wide className="flex flex-col gap-4">
        {answer.problem ? (
          <ErrorPanel title="The pipelines cannot be listed" problem={answer.problem} onRetry={answer.refetch} />
        ) : !rows ? (
          <Loading label="Loading pipelines" className={`${listBox} divide-y divide-line`}>
            {[0, 1, 2, 3].map((each) => (
              <div key={each} className="flex h-18 items-center gap-4 px-3">
                <Skeleton className="h-12 w-28 rounded-control" />
                <div className="flex-1 space-y-2">
                  <Skeleton className="h-3.5 w-40" />
                  <Skeleton className="h-3 w-72 max-w-full" />
                </div>
              </div>
            ))}
          </Loading>
        ) : rows.length > 0 ? (
          <ul ref={list} className={`${listBox} divide-y divide-line`}>
            {rows.map((pipeline) => (
              <PipelineRow
                key={pipeline.id}
                pipeline={pipeline}
                // Two of one name are told apart by their ids.
                twin={rows.some((other) => other !== pipeline && other.name === pipeline.name)}
              />
            ))}
          </ul>
        ) : search.search ? (
          <div className={listBox}>
            <Empty title="Nothing matches" action={<Button onClick={() => setTyped('')}>Clear the search</Button>}>
              No pipeline name contains “{search.search}”.
            </Empty>
          </div>
        ) : (
          <>
            <div className={listBox}>
              <Empty
                icon={<Waypoints size={22} aria-hidden="true" />}
                title="No pipelines yet"
                action={
                  <Link to="/welcome" className={newLink}>
                    Start from an example
                  </Link>
                }
              >
                A pipeline is a file: a graph of stages. Start from an example that runs at once, or import a file of
                your own.
              </Empty>
            </div>
            <ImportBox compact />
          </>
        )}
        {(search.after || page?.hasNextPage) && (
          <nav aria-label="Pages" className="flex items-center justify-between">
            <Button
              disabled={!search.after}
              onClick={() => void navigate({ search: (before) => ({ ...before, after: undefined }) })}
            >
              First page
            </Button>
            <Button
              disabled={!page?.hasNextPage}
              onClick={() =>
                void navigate({ search: (before) => ({ ...before, after: page?.endCursor ?? undefined }) })
              }
            >
              Next page
            </Button>
          </nav>
        )}
      </Column>
    </>
  )
}

type Row = PipelineListQuery['pipelines']['edges'][number]['node']

function PipelineRow({ pipeline, twin }: { pipeline: Row; twin: boolean }) {
  const run = pipeline.lastRun
  return (
    <li>
      <Link
        data-row
        to="/pipelines/$pipelineId"
        params={{ pipelineId: pipeline.id }}
        className="flex min-h-18 items-center gap-4 px-3 py-2 hover:bg-raise focus-visible:-outline-offset-2"
      >
        <span className="flex h-14 w-32 shrink-0 items-center justify-center rounded-control border border-line bg-bg p-1.5 max-sm:hidden">
          <MiniCanvas stages={pipeline.latestVersion.stages} className="size-full" />
        </span>
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className="truncate font-semibold">{pipeline.name}</span>
            {twin && <code className="shrink-0 text-muted">{shortId(pipeline.id)}</code>}
            <span className="shrink-0 text-xs text-muted">
              v{pipeline.latestVersion.number} · {count(pipeline.latestVersion.stages.length, 'stage')}
            </span>
          </span>
          <span className="line-clamp-1 text-muted">{pipeline.description || 'No description'}</span>
        </span>
        <span className="flex shrink-0 items-center gap-3 text-xs text-muted">
          {run ? (
            <>
              <StatusPill status={toStatus(run.status)} className="max-sm:[&>svg]:mx-0" />
              <span className="w-20 text-right max-sm:hidden">
                <Ago at={run.createdAt} />
              </span>
            </>
          ) : (
            <span className="max-sm:hidden">never run</span>
          )}
        </span>
      </Link>
    </li>
  )
}
