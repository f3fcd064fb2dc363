// Follows what the model of one exchange writes. After a cut connection, the stream begins again with all that was
// written.

import { stringifyDocument } from 'urql'
import { CopilotEventsDocument, type CopilotEventsSubscription } from './generated/graphql.ts'
import type { Socket } from '../live.ts'

export interface ExchangeFollower {
  /** The stream begins, for the first time or again. */
  begin: () => void
  event: (event: CopilotEventsSubscription['copilotEvents']) => void
  /** The stream has ended or was refused. */
  end: () => void
}

export function followExchange(socket: Socket, id: string, follower: ExchangeFollower): () => void {
  // graphql-ws serializes the payload again for each connection, so a getter notices each of them.
  const variables = {
    get id() {
      follower.begin()
      return id
    },
  }
  return socket.subscribe<CopilotEventsSubscription>(
    { query: stringifyDocument(CopilotEventsDocument), variables },
    {
      next: ({ data }) => {
        if (data) follower.event(data.copilotEvents)
      },
      complete: follower.end,
      error: follower.end,
    },
  )
}
