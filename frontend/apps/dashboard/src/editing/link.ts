// What the editor asks of the server about a draft.

import type { AnyVariables, CombinedError, OperationResult } from 'urql'
import { type Api, type ApiProblem, ViewerDocument, isUnauthenticated, toProblem } from '@flowmason/graphql'
import {
  type DraftFieldsFragment,
  DraftPresenceDocument,
  EditDraftDocument,
  OpenDraftDocument,
  PipelineDraftDocument,
  RedoDraftDocument,
  SetDraftTextDocument,
  UndoDraftDocument,
  followDraft,
} from '@flowmason/graphql/editing'
import { actorWords } from '../lib/words.ts'
import type { Draft, Flight, Meeting } from './sync.ts'

/** Somebody who has the draft open. */
export interface Person {
  key: string
  name: string
  own: boolean
  stage: string | null
  field: string | null
}

/** Where one is in the pipeline. */
export interface Whereabouts {
  stage: string | null
  field: string | null
}

export interface DraftProblem extends ApiProblem {
  /** The field of the request that is wrong. */
  field?: string | undefined
}

export type Answer<Data> = { data: Data } | { problem: DraftProblem }

export interface Landed {
  draft: Draft
  meetings: readonly Meeting[]
}

export interface DraftFollowing {
  after: () => number
  changed: (revision: number, by: { name: string; own: boolean }) => void
  /** The draft has another base: it was saved, or a version was taken in. */
  based: () => void
  /** Somebody has pinned the output of a stage, or taken a pin away. */
  pinned?: () => void
  people: (people: readonly Person[]) => void
  end: () => void
}

export interface DraftLink {
  open: () => Promise<Answer<Draft>>
  read: () => Promise<Answer<Draft>>
  send: (flight: Flight) => Promise<Answer<Landed>>
  /** Says where one is. Nobody waits for it. */
  present: (at: Whereabouts) => void
  follow: (following: DraftFollowing) => () => void
}

/** Whether a request may succeed if it is made again as it is. */
export const isTemporary = (code: string): boolean =>
  /^(OFFLINE|UNAVAILABLE|RATE_LIMITED|TIMEOUT|HTTP_5\d\d|HTTP_429)$/.test(code)

const OFFLINE: DraftProblem = { code: 'OFFLINE', message: 'The server cannot be reached.' }
const NO_DRAFT: DraftProblem = { code: 'NOT_FOUND', message: 'The pipeline has no draft.' }
/** A request without an answer for so long is made again. */
const PATIENCE_MS = 20_000

export const draftOf = (draft: DraftFieldsFragment): Draft => ({
  revision: draft.revision,
  text: draft.source,
  about: {
    baseNumber: draft.baseVersion.number,
    behind: draft.behind,
    unsaved: draft.unsaved.map(({ author, own, changes }) => ({ name: actorWords(author), own, changes })),
    canUndo: draft.history.canUndo,
    canRedo: draft.history.canRedo,
  },
})

function problemOf(error: CombinedError): DraftProblem {
  const field = error.graphQLErrors[0]?.extensions['field']
  return { ...toProblem(error), field: typeof field === 'string' ? field : undefined }
}

interface Landing {
  draft: DraftFieldsFragment
  conflicts: readonly Meeting[]
}

const landed = ({ draft, conflicts }: Landing): Landed => ({
  draft: draftOf(draft),
  meetings: conflicts.map(({ message, mine, theirs }) => ({ message, mine, theirs })),
})

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

export function draftLink({ client, plain, socket }: Api, pipelineId: string): DraftLink {
  // Not through the cache: after each change it would look again at all that it knows of the pipeline and its versions.
  // Only the cache's client notices that the session has ended, so it is given something to ask.
  const signedOut = () => void client.query(ViewerDocument, {}, { requestPolicy: 'network-only' }).toPromise()
  return {
    open: () => {
      const request = plain.mutation(OpenDraftDocument, { input: { pipelineId } }).toPromise()
      return within(request, signedOut, ({ openDraft }) => draftOf(openDraft.draft))
    },
    read: () => {
      const request = plain.query(PipelineDraftDocument, { id: pipelineId }).toPromise()
      return within(request, signedOut, ({ pipeline }) => (pipeline.draft ? draftOf(pipeline.draft) : undefined))
    },
    send: ({ kind, changeId, revision, text, edits }) => {
      if (kind === 'edits') {
        const input = { pipelineId, revision, edits: [...(edits ?? [])], changeId }
        const request = plain.mutation(EditDraftDocument, { input }).toPromise()
        return within(request, signedOut, ({ editDraft }) => landed(editDraft))
      }
      if (kind === 'undo') {
        const request = plain.mutation(UndoDraftDocument, { input: { pipelineId, changeId } }).toPromise()
        return within(request, signedOut, ({ undoDraft }) => landed(undoDraft))
      }
      if (kind === 'redo') {
        const request = plain.mutation(RedoDraftDocument, { input: { pipelineId, changeId } }).toPromise()
        return within(request, signedOut, ({ redoDraft }) => landed(redoDraft))
      }
      const input = { pipelineId, revision, source: text, changeId }
      const request = plain.mutation(SetDraftTextDocument, { input }).toPromise()
      return within(request, signedOut, ({ setDraftText }) => landed(setDraftText))
    },
    present: ({ stage, field }) =>
      void plain.mutation(DraftPresenceDocument, { input: { pipelineId, stage, field } }).toPromise(),
    follow: ({ after, changed, based, pinned, people, end }) =>
      followDraft(socket, pipelineId, {
        after,
        event: (event) => {
          if (event.__typename === 'DraftChange')
            changed(event.revision, { name: actorWords(event.author), own: event.own })
          else if (event.__typename === 'DraftBase') based()
          else if (event.__typename === 'DraftPinChange') pinned?.()
          else
            people(
              event.people.map(({ key, actor, own, stage, field }) => ({
                key,
                name: actorWords(actor),
                own,
                stage: stage ?? null,
                field: field ?? null,
              })),
            )
        },
        end,
      }),
  }
}
