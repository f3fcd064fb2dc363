// How many runs a bulk change of a filter would affect. The server counts them, but not by text: then pages of the list
// are counted here, up to a limit.

import { useEffect, useState } from 'react'
import { RunCountsDocument, type RunFilterInput, RunListDocument, toProblem } from '@flowmason/graphql'
import { api } from '../api.ts'
import { type BulkKind, changedCount, changedStates } from '../lib/bulk.ts'

export interface Counted {
  runs: number
  /** Not all runs were counted, so there may be more. */
  orMore: boolean
}

const PAGE = 100
const PAGES = 10

async function count(kind: BulkKind, filter: RunFilterInput | null): Promise<Counted | string> {
  const status = changedStates(kind, filter)
  if (status.length === 0) return { runs: 0, orMore: false }
  const fresh = { requestPolicy: 'network-only' } as const
  if (!filter?.text) {
    const { data, error } = await api.plain.query(RunCountsDocument, { filter }, fresh)
    if (!data) return error ? toProblem(error).message : 'The server did not respond.'
    return { runs: changedCount(kind, filter, data.runCounts), orMore: !data.runCounts.complete }
  }
  let runs = 0
  let after: string | null = null
  const { notStatus: _, ...rest } = filter
  for (let page = 0; page < PAGES; page++) {
    const variables: { first: number; after: string | null; filter: RunFilterInput } = {
      first: PAGE,
      after,
      filter: { ...rest, status },
    }
    const { data, error } = await api.plain.query(RunListDocument, variables, fresh)
    if (!data) return error ? toProblem(error).message : 'The server did not respond.'
    runs += data.runs.edges.length
    const { hasNextPage, endCursor } = data.runs.pageInfo
    if (!hasNextPage || !endCursor) return { runs, orMore: false }
    after = endCursor
  }
  return { runs, orMore: true }
}

/** Undefined while counting; a string is the error. */
export function useChangedCount(kind: BulkKind, filter: RunFilterInput | null): Counted | string | undefined {
  const key = JSON.stringify([kind, filter])
  const [known, setKnown] = useState<{ key: string; found: Counted | string }>()
  useEffect(() => {
    let gone = false
    const [of, what] = JSON.parse(key) as [BulkKind, RunFilterInput | null]
    void count(of, what).then((found) => !gone && setKnown({ key, found }))
    return () => {
      gone = true
    }
  }, [key])
  return known?.key === key ? known.found : undefined
}
