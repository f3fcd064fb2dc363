// Follows one run: all events after a journal position, then live ones, across reconnects without gaps or repeats.

import { stringifyDocument } from 'urql'
import { RunEventsDocument, type RunEventsSubscription } from './generated/graphql.ts'
import type { Socket } from './live.ts'

export type RunMessage = RunEventsSubscription['runEvents']

export interface Follower {
  /** Returns the number of the last event received; called before each reconnect. */
  after: () => number
  message: (message: RunMessage) => void
  /** Called when the server has ended the stream: the run is over. */
  complete: () => void
  error: (problem: { message: string; code: string; requestId?: string | undefined }) => void
}

export function followRun(socket: Socket, runId: string, follower: Follower): () => void {
  // graphql-ws serializes the payload again for each connection, so a getter resumes at the right position.
  const variables = {
    runId,
    get after() {
      return follower.after()
    },
  }
  return socket.subscribe<RunEventsSubscription>(
    { query: stringifyDocument(RunEventsDocument), variables },
    {
      next: ({ data, errors }) => {
        if (data) follower.message(data.runEvents)
        else if (errors?.[0]) follower.error(read(errors[0]))
      },
      complete: follower.complete,
      error: (reason) => follower.error(read(Array.isArray(reason) ? reason[0] : reason)),
    },
  )
}

function read(reason: unknown) {
  const { message, extensions } = (reason ?? {}) as {
    message?: string
    extensions?: { code?: string; requestId?: string }
  }
  return {
    message: message ?? 'The server refused the live connection.',
    code: extensions?.code ?? 'SUBSCRIPTION_REFUSED',
    requestId: extensions?.requestId,
  }
}
