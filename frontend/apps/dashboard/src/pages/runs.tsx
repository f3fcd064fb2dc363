// All runs. Rows change in place; new runs wait behind a button, so that the list does not jump.

import { useMemo } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Activity, ArrowUp } from 'lucide-react'
import { PipelineNamesDocument, RunListDocument, type RunStatus } from '@flowmason/graphql'
import { Button, Empty, ErrorPanel, Select, statusWord, toStatus } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { count } from '../lib/words.ts'
import { runStatuses } from '../router.tsx'
import { useFeed } from '../shell/feed.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { RunRows, RunRowsSkeleton, listBox } from './run-rows.tsx'

const PAGE = 30

export function Runs() {
  useTitle('Runs')
  const search = useSearch({ from: '/shell/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const list = useRows<HTMLDivElement>()
  const status = useMemo(() => (search.status ? [search.status] : null), [search.status])
  const answer = useAnswer(
    RunListDocument,
    { first: PAGE, after: search.after ?? null, pipelineId: search.pipeline ?? null, status },
    { keep: true },
  )
  const names = useAnswer(PipelineNamesDocument, { first: 100 })
  const rows = answer.data?.runs.edges.map((edge) => edge.node)
  const page = answer.data?.runs.pageInfo
  const filtered = search.status !== undefined || search.pipeline !== undefined

  const newest = rows?.[0]?.createdAt ?? ''
  const heard = useFeed((state) => state.heard)
  const waiting = useMemo(() => {
    if (!rows || search.after) return 0
    const known = new Set(rows.map((run) => run.id))
    return [...heard.values()].filter(
      (run) =>
        !known.has(run.id) &&
        run.createdAt > newest &&
        (!search.status || run.status === search.status) &&
        (!search.pipeline || run.pipeline.id === search.pipeline),
    ).length
  }, [heard, rows, newest, search])

  const filter = (change: { status?: RunStatus | undefined; pipeline?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, after: undefined, ...change }) })

  return (
    <>
      <PageHead
        crumbs={[{ label: 'Runs' }]}
        actions={
          <>
            <Select
              aria-label="Status"
              className="w-32"
              value={search.status ?? ''}
              onChange={(event) => filter({ status: (event.target.value || undefined) as RunStatus | undefined })}
            >
              <option value="">Any status</option>
              {runStatuses.map((each) => (
                <option key={each} value={each}>
                  {statusWord(toStatus(each))}
                </option>
              ))}
            </Select>
            <Select
              aria-label="Pipeline"
              className="w-40 max-sm:w-36"
              value={search.pipeline ?? ''}
              onChange={(event) => filter({ pipeline: event.target.value || undefined })}
            >
              <option value="">Any pipeline</option>
              {names.data?.pipelines.edges.map(({ node }) => (
                <option key={node.id} value={node.id}>
                  {node.name}
                </option>
              ))}
            </Select>
          </>
        }
      />
      <Column wide>
        <div aria-live="polite" className="flex justify-center empty:hidden">
          {waiting > 0 && (
            <Button
              className="mb-3 rounded-full"
              icon={<ArrowUp size={14} aria-hidden="true" />}
              onClick={answer.refetch}
            >
              {count(waiting, 'new run')}
            </Button>
          )}
        </div>
        {answer.problem ? (
          <ErrorPanel title="The runs cannot be listed" problem={answer.problem} onRetry={answer.refetch} />
        ) : (
          <div className={listBox} ref={list}>
            {!rows ? (
              <RunRowsSkeleton rows={12} />
            ) : rows.length > 0 ? (
              <RunRows runs={rows} headings />
            ) : filtered ? (
              <Empty
                title="Nothing matches"
                action={
                  <Button onClick={() => filter({ status: undefined, pipeline: undefined })}>Clear the filters</Button>
                }
              >
                No run matches these filters.
              </Empty>
            ) : (
              <Empty
                icon={<Activity size={22} aria-hidden="true" />}
                title="No runs yet"
                action={
                  <Link
                    to="/pipelines"
                    className="inline-flex h-7 items-center rounded-control border border-line2 bg-panel px-2.5 font-medium hover:bg-raise"
                  >
                    Open the pipelines
                  </Link>
                }
              >
                A run is one execution of a pipeline. Open a pipeline and press Run.
              </Empty>
            )}
          </div>
        )}
        {(search.after || page?.hasNextPage) && (
          <nav aria-label="Pages" className="flex items-center justify-between pt-3">
            <Button
              disabled={!search.after}
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
