// The requests to publish to production that wait for a second person, on the page Home: those that the user may
// decide, and the user's own. Nothing is shown if there are none.

import { Link } from '@tanstack/react-router'
import { PublicationRequestsDocument } from '@flowmason/graphql/publishing'
import { Ago, ErrorPanel, StatusIcon } from '@flowmason/ui'
import { requestWords } from '../lib/environment-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { usePoll } from '../lib/use-poll.ts'
import { listBox } from '../pages/list.tsx'

export function Approvals() {
  // Other people make and decide requests, too.
  const { data, problem, refetch } = useAnswer(PublicationRequestsDocument, {}, { requestPolicy: 'cache-and-network' })
  usePoll(refetch, { pause: !data?.publicationRequests.length })
  if (problem)
    return (
      <ErrorPanel title="The requests that wait for approval could not be loaded" problem={problem} onRetry={refetch} />
    )
  const requests = data?.publicationRequests ?? []
  if (requests.length === 0) return null
  return (
    <section aria-label="Waiting for approval">
      <h2 className="mb-1.5 px-0.5 text-xs text-muted">Waiting for approval</h2>
      <ul className={`${listBox} divide-y divide-line`}>
        {requests.map((request) => (
          <li key={request.id} className="flex min-h-11 items-start gap-3 px-3 py-2.5">
            <StatusIcon status="waiting" size={16} className="mt-0.5" />
            <div className="min-w-0 flex-1">
              <Link
                data-row
                to="/pipelines/$pipelineId"
                params={{ pipelineId: request.pipeline.id }}
                search={{ tab: 'environments' }}
                className="inline-flex min-h-6 items-center font-medium hover:underline"
              >
                {request.pipeline.name}
              </Link>
              <p className="text-muted">
                {requestWords(request)} to production.
                {request.requestedByViewer && ' Another person has to approve it.'}
              </p>
            </div>
            {request.expiresAt && (
              <span className="shrink-0 text-xs text-muted">
                expires <Ago at={request.expiresAt} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
