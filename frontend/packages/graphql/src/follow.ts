// Follows one run: everything after a journal position, then live, across reconnects without a gap or a repeat.

import type { Client as Socket } from 'graphql-ws'
import { stringifyDocument } from 'urql'
import { RunEventsDocument, type RunEventsSubscription } from './generated/graphql.ts'

export type RunMessage = RunEventsSubscription['runEvents']

export interface Follower {
  /** The last sequence number that has been taken in; asked again before each reconnect. */
  after: () => number
  message: (message: RunMessage) => void
  /** The server has ended the stream: the run is over. */
  complete: () => void
  error: (problem: { message: string; code: string; requestId?: string | undefined }) => void
}

export function followRun(socket: Socket, runId: string, follower: Follower): () => void {
  // graphql-ws serialises the payload anew for each connection, so a getter resumes at the right place.
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
