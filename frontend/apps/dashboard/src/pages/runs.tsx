// All runs that a filter means. Rows change in place; new runs wait behind a button, so that the list does not jump.
// Some can be chosen and cancelled or started again together.

import { useCallback, useEffect, useMemo, useState } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Activity, ArrowUp } from 'lucide-react'
import { RunListDocument } from '@flowmason/graphql'
import { Button, Empty, ErrorPanel } from '@flowmason/ui'
import { type RunSearch, belongs, isFiltered, readSearch, toFilter } from '../lib/run-filter.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { count } from '../lib/words.ts'
import { useFeed } from '../shell/feed.ts'
import { useHotkeys } from '../shell/hotkeys.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { RunFilterBar } from './run-filter-bar.tsx'
import { RunRows, RunRowsSkeleton, listBox } from './run-rows.tsx'
import { useBulk } from './use-bulk.ts'

const PAGE = 30

export function Runs() {
  useTitle('Runs')
  const { after, ...rest } = useSearch({ from: '/shell/runs' })
  const key = JSON.stringify(readSearch(rest))
  const search = useMemo(() => JSON.parse(key) as RunSearch, [key])
  const navigate = useNavigate({ from: '/runs' })
  const list = useRows<HTMLDivElement>()
  // "The last hour" is counted from when it was asked for.
  const [asked, setAsked] = useState(() => Date.now())
  const filter = useMemo(() => toFilter(search, asked), [search, asked])
  const answer = useAnswer(RunListDocument, { first: PAGE, after: after ?? null, filter }, { keep: true })
  const rows = answer.data?.runs.edges.map((edge) => edge.node)
  const page = answer.data?.runs.pageInfo
  const filtered = isFiltered(search)
  const more = after !== undefined || page?.hasNextPage === true

  const newest = rows?.[0]?.createdAt ?? ''
  const heard = useFeed((state) => state.heard)
  const waiting = useMemo(() => {
    if (!rows || after) return 0
    const known = new Set(rows.map((run) => run.id))
    return [...heard.values()].filter((run) => !known.has(run.id) && run.createdAt > newest && belongs(run, filter))
      .length
  }, [heard, rows, newest, filter, after])

  // Where nothing is listed, nothing can jump.
  const { refetch } = answer
  const none = rows?.length === 0
  useEffect(() => {
    if (none && waiting > 0) refetch()
  }, [none, waiting, refetch])

  const onFilter = useCallback(
    (next: RunSearch) => {
      setAsked(Date.now())
      void navigate({ search: next, replace: next.q !== undefined })
    },
    [navigate],
  )

  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const toggle = useCallback(
    (id: string) =>
      setChosen((before) => {
        const next = new Set(before)
        if (!next.delete(id)) next.add(id)
        return next
      }),
    [],
  )
  const clear = useCallback(() => setChosen(new Set()), [])
  const bulk = useBulk(
    useCallback(() => {
      clear()
      refetch()
    }, [clear, refetch]),
  )
  useHotkeys({
    x: () => {
      const row = document.activeElement?.closest('li')?.querySelector<HTMLElement>('[data-run]')
      if (row?.dataset['run']) toggle(row.dataset['run'])
    },
    escape: chosen.size > 0 ? clear : undefined,
  })
  const selection = {
    chosen,
    onToggle: toggle,
    onAll: (all: boolean) => setChosen(all ? new Set(rows?.map((run) => run.id)) : new Set()),
  }

  return (
    <>
      <PageHead crumbs={[{ label: 'Runs' }]} />
      <Column wide>
        <RunFilterBar search={search} onChange={onFilter} />
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
              <RunRows runs={rows} headings selection={selection} />
            ) : filtered ? (
              <Empty title="Nothing matches" action={<Button onClick={() => onFilter({})}>Clear the filters</Button>}>
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
        <BulkBar
          runs={rows?.filter((run) => chosen.has(run.id)) ?? []}
          all={rows && rows.length > 0 && rows.every((run) => chosen.has(run.id)) && more ? (filter ?? {}) : undefined}
          bulk={bulk}
          onClear={clear}
        />
        {(after || page?.hasNextPage) && (
          <nav aria-label="Pages" className="flex items-center justify-between pt-3">
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
