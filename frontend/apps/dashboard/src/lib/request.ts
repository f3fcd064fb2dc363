// Requests that do not go through the cache: with an answer after a while in any case, and without exceptions.

import type { AnyVariables, CombinedError, OperationResult } from 'urql'
import { type Api, type ApiProblem, ViewerDocument, isUnauthenticated, toProblem } from '@flowmason/graphql'

export interface RequestProblem extends ApiProblem {
  /** The field of the request that is wrong. */
  field?: string | undefined
}

export type Answer<Data> = { data: Data } | { problem: RequestProblem }

/** Whether a request may succeed if it is made again as it is. */
export const isTemporary = (code: string): boolean =>
  /^(OFFLINE|UNAVAILABLE|RATE_LIMITED|TIMEOUT|HTTP_5\d\d|HTTP_429)$/.test(code)

const OFFLINE: RequestProblem = { code: 'OFFLINE', message: 'The server cannot be reached.' }
const NO_DRAFT: RequestProblem = { code: 'NOT_FOUND', message: 'The pipeline has no draft.' }
/** A request without an answer for so long is made again. */
const PATIENCE_MS = 20_000

function problemOf(error: CombinedError): RequestProblem {
  const field = error.graphQLErrors[0]?.extensions['field']
  return { ...toProblem(error), field: typeof field === 'string' ? field : undefined }
}

/** The session may have ended; only the client with the cache notices that, so it is given something to ask. */
export const signedOut =
  ({ client }: Pick<Api, 'client'>) =>
  () =>
    void client.query(ViewerDocument, {}, { requestPolicy: 'network-only' }).toPromise()

/** Waits for an answer, but not for ever. `onSignedOut` is called if the session has ended. */
export async function within<Data, Variables extends AnyVariables, Wanted>(
  request: Promise<OperationResult<Data, Variables>>,
  onSignedOut: () => void,
  use: (data: Data) => Wanted | undefined,
): Promise<Answer<Wanted>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
  })
  const result = await Promise.race([request, late])
  clearTimeout(timer)
  if (!result) return { problem: OFFLINE }
  if (result.error) {
    if (isUnauthenticated(result.error)) onSignedOut()
    return { problem: problemOf(result.error) }
  }
  const data = result.data === undefined ? undefined : use(result.data)
  return data === undefined ? { problem: NO_DRAFT } : { data }
}
