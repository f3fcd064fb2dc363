// Follows one draft: who has it open and that it was changed, across reconnects.

import { stringifyDocument } from 'urql'
import { DraftEventsDocument, type DraftEventsSubscription } from './generated/graphql.ts'
import type { Socket } from '../live.ts'

export interface DraftFollower {
  /** Returns the highest revision that is known; called before each reconnect. */
  after: () => number
  event: (event: DraftEventsSubscription['draftEvents']) => void
  /** The stream has ended or was refused. */
  end: () => void
}

export function followDraft(socket: Socket, pipelineId: string, follower: DraftFollower): () => void {
  // graphql-ws serializes the payload again for each connection, so a getter resumes at the right revision.
  const variables = {
    pipelineId,
    get after() {
      return follower.after()
    },
  }
  return socket.subscribe<DraftEventsSubscription>(
    { query: stringifyDocument(DraftEventsDocument), variables },
    {
      next: ({ data }) => {
        if (data) follower.event(data.draftEvents)
      },
      complete: follower.end,
      error: follower.end,
    },
  )
}
