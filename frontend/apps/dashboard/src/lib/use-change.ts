// The mutation hook of all pages: shows an error as a toast unless the caller shows it in place. If the server wants a
// fresh proof of identity, it asks for one and repeats the change once.

import { useCallback, useState } from 'react'
import { type AnyVariables, type TypedDocumentNode, useMutation } from 'urql'
import { type ApiProblem, toProblem } from '@flowmason/graphql'
import { loadUntilThere } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'

export interface Change<Data, Variables> {
  /** Undefined if it was refused; `onRefused` gets the reason at once, the state only with the next render. */
  run: (variables: Variables, onRefused?: (problem: ApiProblem) => void) => Promise<Data | undefined>
  busy: boolean
  problem: ApiProblem | undefined
  clear: () => void
}

// Unlike a query, a change is not retried automatically.
const OFFLINE_MESSAGE = 'The server cannot be reached, so nothing was changed. Try again once it responds.'

export function useChange<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  { inPlace = false }: { inPlace?: boolean } = {},
): Change<Data, Variables> {
  const [result, execute] = useMutation(document)
  const [problem, setProblem] = useState<ApiProblem>()
  const run = useCallback(
    async (variables: Variables, onRefused?: (problem: ApiProblem) => void) => {
      setProblem(undefined)
      let { data, error } = await execute(variables)
      if (error && toProblem(error).code === 'STEP_UP_REQUIRED') {
        const { askForProof } = await loadUntilThere(() => import('../step-up/ask.tsx'))
        if (await askForProof()) ({ data, error } = await execute(variables))
      }
      if (error) {
        const said = toProblem(error)
        const found = said.code === 'OFFLINE' ? { ...said, message: OFFLINE_MESSAGE } : said
        setProblem(found)
        onRefused?.(found)
        if (!inPlace)
          toast.error(found.message, { description: [found.code, found.requestId].filter(Boolean).join(' · ') })
        return undefined
      }
      return data
    },
    [execute, inPlace],
  )
  return { run, busy: result.fetching, problem, clear: () => setProblem(undefined) }
}
