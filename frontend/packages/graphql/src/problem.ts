// The common form of all errors between the page and the server.

import type { CombinedError } from 'urql'

export interface ApiProblem {
  message: string
  code: string
  requestId?: string | undefined
}

export function toProblem(error: CombinedError): ApiProblem {
  const first = error.graphQLErrors[0]
  if (first) {
    const { code, requestId } = first.extensions as { code?: string; requestId?: string }
    return { message: first.message, code: code ?? 'INTERNAL', requestId }
  }
  const status = (error.response as Response | undefined)?.status
  if (status !== undefined && status >= 400) {
    return {
      message: `The server responded with status ${status}. See its log for the reason.`,
      code: `HTTP_${status}`,
    }
  }
  return {
    message: 'The server cannot be reached. Is it running? This page tries again automatically.',
    code: 'OFFLINE',
  }
}

export function isUnauthenticated(error: CombinedError): boolean {
  return (
    (error.response as Response | undefined)?.status === 401 ||
    error.graphQLErrors.some((each) => each.extensions['code'] === 'UNAUTHENTICATED')
  )
}

/** Whether the organization of the request does not exist for the user. Errors of a single field have a path. */
export function isWithoutOrganization(error: CombinedError): boolean {
  return error.graphQLErrors.some((each) => each.extensions['code'] === 'NOT_FOUND' && !each.path)
}
