// All runs that match a filter. Rows change in place; new runs wait behind a button, so that the list does not jump.
// Runs can be selected and cancelled or started again together.

import { useCallback, useEffect, useMemo, useState } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Activity, ArrowUp } from 'lucide-react'
import { RunListDocument, type RunRowFragment } from '@flowmason/graphql'
import { Button, Empty } from '@flowmason/ui'
import { belongs, toFilter } from '../lib/run-filter.ts'
import { type RunSearch, isFiltered, readSearch, unknownIn } from '../lib/run-search.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { count } from '../lib/words.ts'
import { useFeed } from '../shell/feed.ts'
import { useHotkeys } from '../shell/hotkeys.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { List, Pages, plainLink } from './list.tsx'
import { RunFilterBar } from './run-filter-bar.tsx'
import { RunRowSkeletons, RunRows } from './run-rows.tsx'
import { UnknownFilters } from './unknown-filters.tsx'
import { useBulk } from './use-bulk.ts'

const PAGE = 30

export function Runs() {
  useTitle('Runs')
  const { after, ...rest } = useSearch({ from: '/shell/runs' })
  const key = JSON.stringify(readSearch(rest))
  const unknown = unknownIn(rest)
  const search = useMemo(() => JSON.parse(key) as RunSearch, [key])
  const navigate = useNavigate({ from: '/runs' })
  const list = useRows<HTMLDivElement>()
  // "The last hour" is relative to the time of the request.
  const [asked, setAsked] = useState(() => Date.now())
  const filter = useMemo(() => toFilter(search, asked), [search, asked])
  const answer = useAnswer(RunListDocument, { first: PAGE, after: after ?? null, filter }, { keep: true })
  const rows = answer.data?.runs.edges.map((edge) => edge.node)
  const page = answer.data?.runs.pageInfo
  const filtered = isFiltered(search)
  const paged = after !== undefined || page?.hasNextPage === true

  const newest = rows?.[0]?.createdAt ?? ''
  const changed = useFeed((state) => state.changed)
  const waiting = useMemo(() => {
    if (!rows || after) return 0
    const known = new Set(rows.map((run) => run.id))
    return [...changed.values()].filter((run) => !known.has(run.id) && run.createdAt > newest && belongs(run, filter))
      .length
  }, [changed, rows, newest, filter, after])

  // An empty list cannot jump.
  const { refetch } = answer
  const none = rows?.length === 0
  useEffect(() => {
    if (none && waiting > 0) refetch()
  }, [none, waiting, refetch])

  // A selection is kept across pages, so the rows of earlier pages are kept with it.
  const [chosen, setChosen] = useState<ReadonlyMap<string, RunRowFragment>>(new Map())
  const onFilter = useCallback(
    (next: RunSearch) => {
      setAsked(Date.now())
      setChosen(new Map())
      void navigate({ search: next, replace: next.q !== undefined })
    },
    [navigate],
  )

  const toggle = useCallback(
    (id: string) =>
      setChosen((before) => {
        const next = new Map(before)
        const row = rows?.find((each) => each.id === id)
        if (!next.delete(id) && row) next.set(id, row)
        return next
      }),
    [rows],
  )
  const clear = useCallback(() => setChosen(new Map()), [])
  const bulk = useBulk(useViewer(), refetch)
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
    onAll: (all: boolean) =>
      setChosen((before) => {
        const next = new Map(before)
        for (const row of rows ?? []) {
          if (all) next.set(row.id, row)
          else next.delete(row.id)
        }
        return next
      }),
  }
  // Rows on this page are current; rows of other pages are as they were last seen.
  const selected = [...chosen].map(([id, seen]) => rows?.find((row) => row.id === id) ?? seen)

  return (
    <>
      <PageHead crumbs={[{ label: 'Runs' }]} />
      <Column wide>
        <RunFilterBar search={search} onChange={onFilter} />
        <UnknownFilters unknown={unknown} onClear={() => void navigate({ search, replace: true })} />
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
        <List
          ref={list}
          name="runs"
          answer={answer}
          rows={rows}
          loading={<RunRowSkeletons rows={12} />}
          empty={
            filtered ? (
              <Empty title="Nothing matches" action={<Button onClick={() => onFilter({})}>Clear the filters</Button>}>
                No run matches these filters.
              </Empty>
            ) : (
              <Empty
                icon={<Activity size={22} aria-hidden="true" />}
                title="No runs yet"
                action={
                  <Link to="/pipelines" className={plainLink}>
                    Open the pipelines
                  </Link>
                }
              >
                A run is one execution of a pipeline. Open a pipeline and press Run.
              </Empty>
            )
          }
        >
          {(runs) => <RunRows runs={runs} headings selection={selection} />}
        </List>
        <BulkBar
          runs={selected}
          filter={filter}
          more={paged || (rows?.length ?? 0) > chosen.size}
          bulk={bulk}
          onClear={clear}
        />
        <div className="pt-3 empty:hidden">
          <Pages
            after={after}
            page={page}
            words={['Newest', 'Older']}
            onGo={(to) => void navigate({ search: (before) => ({ ...before, after: to }) })}
          />
        </div>
      </Column>
    </>
  )
}
