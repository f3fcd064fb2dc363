// One way to ask the server: keeps what is on the screen while it asks again, and goes on by itself
// once the server can be reached.

import { useCallback, useEffect, useState } from 'react'
import { type AnyVariables, type RequestPolicy, type TypedDocumentNode, useQuery } from 'urql'
import { type ApiProblem, toProblem } from '@flowmason/graphql'

export interface Answer<Data> {
  data: Data | undefined
  /** Only when there is nothing to show; a failed refetch keeps the old content. */
  problem: ApiProblem | undefined
  /** An answer is on its way, whether or not something is shown meanwhile. */
  fetching: boolean
  refetch: () => void
}

export interface AnswerOptions {
  pause?: boolean
  requestPolicy?: RequestPolicy
  /** Shows the last answer while the one for other variables is on its way. */
  keep?: boolean
}

const AGAIN_MS = 2500

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
  // While the answer to other variables is on its way, the old one is still in the result.
  const own = JSON.stringify(result.operation?.variables) === key ? result.data : undefined
  const [last, setLast] = useState<{ key: string; data: Data }>()
  if (own && (last?.data !== own || last.key !== key)) setLast({ key, data: own })
  const data = own ?? (keep || last?.key === key ? last?.data : undefined)
  const problem = result.error ? toProblem(result.error) : undefined
  const refetch = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute])

  const offline = problem?.code === 'OFFLINE' && !result.fetching
  useEffect(() => {
    if (!offline) return
    const timer = setTimeout(() => execute({ requestPolicy: 'network-only' }), AGAIN_MS)
    return () => clearTimeout(timer)
  }, [offline, execute])

  return { data, problem: data === undefined ? problem : undefined, fetching: result.fetching, refetch }
}
