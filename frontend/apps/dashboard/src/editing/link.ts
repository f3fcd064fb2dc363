// What the editor asks of the server about a draft.

import type { Api } from '@flowmason/graphql'
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
import { type Answer, signedOut, within } from '../lib/request.ts'
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

interface Landing {
  draft: DraftFieldsFragment
  conflicts: readonly Meeting[]
}

const landed = ({ draft, conflicts }: Landing): Landed => ({
  draft: draftOf(draft),
  meetings: conflicts.map(({ message, mine, theirs }) => ({ message, mine, theirs })),
})

export function draftLink(api: Api, pipelineId: string): DraftLink {
  // Not through the cache: after each change it would look again at all that it knows of the pipeline and its versions.
  const { plain, socket } = api
  const ended = signedOut(api)
  return {
    open: () => {
      const request = plain.mutation(OpenDraftDocument, { input: { pipelineId } }).toPromise()
      return within(request, ended, ({ openDraft }) => draftOf(openDraft.draft))
    },
    read: () => {
      const request = plain.query(PipelineDraftDocument, { id: pipelineId }).toPromise()
      return within(request, ended, ({ pipeline }) => (pipeline.draft ? draftOf(pipeline.draft) : undefined))
    },
    send: ({ kind, changeId, revision, text, edits }) => {
      if (kind === 'edits') {
        const input = { pipelineId, revision, edits: [...(edits ?? [])], changeId }
        const request = plain.mutation(EditDraftDocument, { input }).toPromise()
        return within(request, ended, ({ editDraft }) => landed(editDraft))
      }
      if (kind === 'undo') {
        const request = plain.mutation(UndoDraftDocument, { input: { pipelineId, changeId } }).toPromise()
        return within(request, ended, ({ undoDraft }) => landed(undoDraft))
      }
      if (kind === 'redo') {
        const request = plain.mutation(RedoDraftDocument, { input: { pipelineId, changeId } }).toPromise()
        return within(request, ended, ({ redoDraft }) => landed(redoDraft))
      }
      const input = { pipelineId, revision, source: text, changeId }
      const request = plain.mutation(SetDraftTextDocument, { input }).toPromise()
      return within(request, ended, ({ setDraftText }) => landed(setDraftText))
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
