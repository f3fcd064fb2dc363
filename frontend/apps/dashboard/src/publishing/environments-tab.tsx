// Where a pipeline is published: the version that runs in staging and in production, requests, and the history.

import { useState } from 'react'
import { Upload } from 'lucide-react'
import type { Environment } from '@flowmason/graphql'
import {
  ApprovePublicationDocument,
  PipelinePublicationsDocument,
  type PublicationFieldsFragment,
  RefusePublicationDocument,
} from '@flowmason/graphql/publishing'
import { Ago, Button, ErrorPanel, Loading, Skeleton, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { environmentNames, publicationStatus, publishedWords, requestWords } from '../lib/environment-words.ts'
import { type Place, mayIn } from '../lib/may.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { usePoll } from '../lib/use-poll.ts'
import { actorWords } from '../lib/words.ts'
import { useViewer } from '../shell/shell.tsx'
import { PublishDialog } from './publish-dialog.tsx'

interface Props {
  pipeline: { id: string; name: string; folder?: { id: string } | null; deletedAt?: string | null }
  /** The numbers of the versions, newest first. */
  versions: readonly number[]
}

export function EnvironmentsTab({ pipeline, versions }: Props) {
  const answer = useAnswer(PipelinePublicationsDocument, { id: pipeline.id })
  const viewer = useViewer()
  const [publishing, setPublishing] = useState<Environment>()
  // Somebody else may decide the request that is shown here, or withdraw it.
  usePoll(answer.refetch, { pause: !answer.data?.pipeline?.publications.some(({ status }) => status === 'REQUESTED') })
  if (answer.problem)
    return (
      <ErrorPanel
        title="The environments could not be loaded"
        problem={answer.problem}
        onRetry={answer.refetch}
        className="m-4"
      />
    )
  const found = answer.data?.pipeline
  if (!found)
    return (
      <Loading label="Loading the environments" className="flex flex-col gap-3 p-4">
        <Skeleton className="h-12" />
        <Skeleton className="h-12" />
      </Loading>
    )
  const place: Place = { pipelineId: pipeline.id, folderId: pipeline.folder?.id }
  const mayPublish = viewer && !pipeline.deletedAt ? mayIn(viewer, 'pipeline.publish', place) : []
  const publishedTo = (environment: Environment) => (environment === 'STAGING' ? found.staging : found.production)
  const versionIn = (environment: Environment) => publishedTo(environment)?.version.number
  const history = found.publications.filter(({ status }) => status !== 'REQUESTED')
  const requests = found.publications.filter(({ status }) => status === 'REQUESTED')
  return (
    <>
      <ul aria-label="Environments" className="divide-y divide-line border-b border-line">
        {(['STAGING', 'PRODUCTION'] as const).map((environment) => (
          <Published
            key={environment}
            environment={environment}
            publication={publishedTo(environment)}
            others={versions.some((number) => number !== versionIn(environment))}
            onPublish={mayPublish.includes(environment) ? () => setPublishing(environment) : undefined}
          />
        ))}
      </ul>
      {requests.map((request) => (
        <Request
          key={request.id}
          request={request}
          person={viewer?.user != null}
          mayDecide={mayPublish.includes(request.environment)}
          onRefused={answer.refetch}
        />
      ))}
      {history.length > 0 && (
        <ul aria-label="History" className="divide-y divide-line">
          {history.map((publication) => (
            <HistoryRow key={publication.id} publication={publication} />
          ))}
        </ul>
      )}
      <p className="px-4 py-3 text-xs text-muted">
        Development runs any version. In staging and production, only the published one runs.
      </p>
      {publishing && (
        <PublishDialog
          pipeline={pipeline}
          environment={publishing}
          versions={versions}
          current={versionIn(publishing)}
          onClose={() => setPublishing(undefined)}
        />
      )}
    </>
  )
}

function Published({
  environment,
  publication,
  others,
  onPublish,
}: {
  environment: Environment
  publication: PublicationFieldsFragment | null | undefined
  /** Whether there is a version that is not published here. */
  others: boolean
  onPublish: (() => void) | undefined
}) {
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-3 px-4 py-2" data-published={environment}>
      <span className="w-28 shrink-0 font-medium">{environmentNames[environment]}</span>
      <span className="min-w-0 flex-1">
        {publication ? (
          <>
            Version {publication.version.number}
            <span className="pl-2 text-xs text-muted">
              {actorWords(publication.requestedBy)} · <Ago at={publication.decidedAt ?? publication.requestedAt} />
            </span>
          </>
        ) : (
          <span className="text-muted">Nothing is published, so nothing runs here.</span>
        )}
      </span>
      {onPublish && !others && publication && <span className="text-xs text-muted">the only version</span>}
      {onPublish && others && (
        <Button
          icon={<Upload size={13} aria-hidden="true" />}
          aria-label={`Publish to ${environmentNames[environment].toLowerCase()}`}
          onClick={onPublish}
        >
          Publish
        </Button>
      )}
    </li>
  )
}

function Request({
  request,
  person,
  mayDecide,
  onRefused,
}: {
  request: PublicationFieldsFragment
  /** Whether the user is a person, who alone can decide. */
  person: boolean
  mayDecide: boolean
  /** Somebody else may have decided first. */
  onRefused: () => void
}) {
  const approve = useChange(ApprovePublicationDocument, { inPlace: true })
  const refuse = useChange(RefusePublicationDocument, { inPlace: true })
  const problem = approve.problem ?? refuse.problem
  const input = { id: request.id }
  const agree = async () => {
    const done = await approve.run({ input }, onRefused)
    if (done) toast(publishedWords(done.approvePublication.publication))
  }
  const own = request.requestedByViewer
  const decline = async () => {
    if (await refuse.run({ input }, onRefused))
      toast(`The request for version ${request.version.number} is ${own ? 'withdrawn' : 'refused'}.`)
  }
  return (
    <div
      role="group"
      aria-label={`Request to publish version ${request.version.number}`}
      className="flex flex-wrap items-center gap-3 border-b border-line bg-raise px-4 py-2"
    >
      <p className="min-w-0 flex-1 basis-56">
        {requestWords(request)} to {environmentNames[request.environment].toLowerCase()}
        <span className="pl-2 text-xs text-muted">
          <Ago at={request.requestedAt} />
          {request.expiresAt && (
            <>
              {' · expires '}
              <Ago at={request.expiresAt} />
            </>
          )}
        </span>
      </p>
      {person && mayDecide && (
        // They stay beside each other where there is no room for them beside the text.
        <div className="flex shrink-0 items-center gap-2">
          {!own && (
            <Button busy={approve.busy} onClick={() => void agree()}>
              Approve
            </Button>
          )}
          <Button variant="quiet" busy={refuse.busy} onClick={() => void decline()}>
            {own ? 'Withdraw' : 'Refuse'}
          </Button>
        </div>
      )}
      {problem && (
        <p role="alert" className="basis-full text-xs text-fail">
          <Ticked text={problem.message} />
        </p>
      )}
    </div>
  )
}

function HistoryRow({ publication }: { publication: PublicationFieldsFragment }) {
  const { environment, status, version, requestedBy, requestedAt, decidedBy, decidedAt } = publication
  return (
    <li className="flex min-h-9 flex-wrap items-center gap-x-3 px-4 py-1 text-xs text-muted">
      <span className="w-28 shrink-0">{environmentNames[environment]}</span>
      <span className="min-w-0 flex-1">
        Version {version.number} {publicationStatus[status]} · {actorWords(requestedBy)}
        {decidedBy && ` · ${status === 'REFUSED' ? 'refused' : 'approved'} by ${decidedBy}`}
      </span>
      <Ago at={decidedAt ?? requestedAt} />
    </li>
  )
}
