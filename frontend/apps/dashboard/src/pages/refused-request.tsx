// Why the request of an application or a device is not shown. If the organization requires single sign-on, its identity
// providers are offered, which lead back to the request.

import type { ApiProblem } from '@flowmason/graphql'
import { ErrorPanel } from '@flowmason/ui'
import { ProviderList } from '../parts/provider-list.tsx'

interface Props {
  title: string
  problem: ApiProblem
  /** The page of the request. */
  next: string
  onRetry?: () => void
}

export function RefusedRequest({ title, problem, next, onRetry }: Props) {
  if (problem.code !== 'SSO_REQUIRED') return <ErrorPanel title={title} problem={problem} onRetry={onRetry} />
  return (
    <>
      <ErrorPanel title="Your session is not enough" problem={problem} />
      <ProviderList providers={problem.providers ?? []} next={next} />
    </>
  )
}
