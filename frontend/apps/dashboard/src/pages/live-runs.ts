// Keeps a short list up to date without refetching: rows that no longer match are removed, and runs that now match are
// added at the top. For pages whose rows may move; the runs page holds new runs back instead.

import { useMemo } from 'react'
import type { RunListQuery, RunRowFragment, RunStatus } from '@flowmason/graphql'
import type { Answer } from '../lib/use-answer.ts'
import { useFeed } from '../shell/feed.ts'

export function useLiveRuns(
  answer: Answer<RunListQuery>,
  { status, first }: { status: readonly RunStatus[]; first: number },
) {
  const changed = useFeed((state) => state.changed)
  return useMemo(() => {
    if (!answer.data) return { rows: undefined, fresh: new Set<string>() }
    const nodes = answer.data.runs.edges.map((edge) => edge.node)
    const all = new Map<string, RunRowFragment>(nodes.map((run) => [run.id, run]))
    for (const [id, run] of changed) all.set(id, run)
    const rows = [...all.values()]
      .filter((run) => status.includes(run.status))
      .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
      .slice(0, first)
    const fresh = new Set(rows.filter((run) => changed.has(run.id)).map((run) => run.id))
    return { rows, fresh }
  }, [answer.data, changed, status, first])
}
