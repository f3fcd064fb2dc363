// The query hook of all pages: keeps the shown data while it refetches, and retries automatically once the server can
// be reached.

import { useCallback, useEffect, useState } from 'react'
import { type AnyVariables, type RequestPolicy, type TypedDocumentNode, useQuery } from 'urql'
import { type ApiProblem, toProblem } from '@flowmason/graphql'

export interface Answer<Data> {
  data: Data | undefined
  /** Set only if there is no data to show; a failed refetch keeps the old data. */
  problem: ApiProblem | undefined
  /** A request is in flight, whether or not data is shown meanwhile. */
  fetching: boolean
  refetch: () => void
}

export interface AnswerOptions {
  pause?: boolean
  requestPolicy?: RequestPolicy
  /** Keeps showing the last data while data for other variables is loading. */
  keep?: boolean
}

const RETRY_MS = 2500

export function useAnswer<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false, requestPolicy, keep = false }: AnswerOptions = {},
): Answer<Data> {
  const [result, execute] = useQuery({
    query,
    variables,
    pause,
    ...(requestPolicy ? { requestPolicy } : {}),
  } as Parameters<typeof useQuery<Data, Variables>>[0])
  const key = JSON.stringify(variables)
  // While data for other variables is loading, the result still has the old data.
  const own = JSON.stringify(result.operation?.variables) === key ? result.data : undefined
  const [last, setLast] = useState<{ key: string; data: Data }>()
  if (own && (last?.data !== own || last.key !== key)) setLast({ key, data: own })
  const data = own ?? (keep || last?.key === key ? last?.data : undefined)
  const problem = result.error ? toProblem(result.error) : undefined
  const refetch = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute])

  const offline = problem?.code === 'OFFLINE' && !result.fetching
  useEffect(() => {
    if (!offline) return
    const timer = setTimeout(() => execute({ requestPolicy: 'network-only' }), RETRY_MS)
    return () => clearTimeout(timer)
  }, [offline, execute])

  return { data, problem: data === undefined ? problem : undefined, fetching: result.fetching, refetch }
}
