// The common form of all errors between the page and the server.

import type { CombinedError } from 'urql'
import type { ProviderButton } from './sign-in.ts'

export interface ApiProblem {
  message: string
  code: string
  requestId?: string | undefined
  /** With `SSO_REQUIRED`: the identity providers to sign in with. */
  providers?: readonly ProviderButton[] | undefined
}

export function toProblem(error: CombinedError): ApiProblem {
  const first = error.graphQLErrors[0]
  if (first) {
    const { code, requestId, providers } = first.extensions as Partial<ApiProblem>
    return { message: first.message, code: code ?? 'INTERNAL', requestId, providers }
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

/** The refusal of an organization that requires single sign-on. Errors of a single field have a path. */
export function ssoRequired(error: CombinedError): ApiProblem | undefined {
  const required = error.graphQLErrors.some((each) => each.extensions['code'] === 'SSO_REQUIRED' && !each.path)
  return required ? toProblem(error) : undefined
}
