// An application asks for access. It sent the user here, and gets the answer at its own address.

import { useState } from 'react'
import { useSearch } from '@tanstack/react-router'
import { Unplug } from 'lucide-react'
import { AnswerAuthorizationDocument, AuthorizationRequestDocument } from '@flowmason/graphql/account'
import { Empty, ErrorPanel, Loading, Skeleton } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { OrganizationChoice } from './organization-choice.tsx'
import { RefusedRequest } from './refused-request.tsx'
import { RequestedScopes } from './requested-scopes.tsx'
import { SignedOutPage } from './signed-out-page.tsx'

/** Where the answer goes, as people know it: the host, or the scheme of a program on their machine. */
function placeOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  return url?.host || url?.protocol || address
}

export function Consent() {
  useTitle('Allow access')
  const { request: query = '' } = useSearch({ from: '/consent' })
  const { data, problem, refetch } = useAnswer(
    AuthorizationRequestDocument,
    { query },
    { pause: !query, requestPolicy: 'network-only' },
  )
  const answer = useChange(AnswerAuthorizationDocument, { inPlace: true })
  const [leaving, setLeaving] = useState(false)
  const request = data?.authorizationRequest
  const send = async (allow: boolean) => {
    const done = await answer.run({ input: { query, allow } })
    if (!done) return
    setLeaving(true)
    location.assign(done.answerAuthorization.redirectTo)
  }
  return (
    <SignedOutPage
      title={request ? `Allow ${request.applicationName}?` : 'An application asks for access'}
      text={request && 'It asks to use FlowMason for you.'}
    >
      {!query && (
        <div role="alert" className="rounded-float border border-line bg-panel">
          <Empty icon={<Unplug size={20} aria-hidden="true" />} title="Nothing was asked for" className="py-8">
            Begin in the application that you want to connect; it sends you here.
          </Empty>
        </div>
      )}
      {query && !request && !problem && (
        <Loading label="Loading the request">
          <Skeleton className="h-80 rounded-float" />
        </Loading>
      )}
      {problem && (
        <RefusedRequest
          title="The application cannot be connected"
          problem={problem}
          next={`/consent?${new URLSearchParams({ request: query })}`}
          onRetry={refetch}
        />
      )}
      {(request ?? problem) && <OrganizationChoice />}
      {request && (
        <>
          <RequestedScopes
            scopes={request.scopes}
            organization={request.organizationName}
            busy={answer.busy || leaving}
            onAnswer={(allow) => void send(allow)}
          >
            Allow it only if you began this yourself. You return to{' '}
            <span className="font-medium text-text">{placeOf(request.redirectUri)}</span>. You can end the access at any
            time under Settings.
          </RequestedScopes>
          {answer.problem && <ErrorPanel title="Your answer was not sent" problem={answer.problem} />}
        </>
      )}
    </SignedOutPage>
  )
}
