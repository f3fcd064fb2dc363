// The WebSocket of all subscriptions, and the state of its connection. Its client is loaded with the first
// subscription, so that no page waits for it.

import type { Client } from 'graphql-ws'
import { create } from 'zustand'
import { loadUntilThere } from '@flowmason/ui'

export type LinkState = 'idle' | 'live' | 'reconnecting'

/** The state that the dot in the header of a live page shows. */
export const useLink = create<{ state: LinkState }>(() => ({ state: 'idle' }))

export interface Socket {
  subscribe: Client['subscribe']
  /** Calls the listener whenever the connection has been closed. Returns what ends that. */
  onClosed: (listener: (event: unknown) => void) => () => void
}

export function createSocket(url: string, org: () => string | null): Socket {
  const closed = new Set<(event: unknown) => void>()
  let loading: Promise<Client> | undefined
  const load = async () => {
    const { connect } = await loadUntilThere(() =>
      import('./socket-client.ts').catch((reason: unknown) => {
        useLink.setState({ state: 'reconnecting' })
        throw reason
      }),
    )
    const client = connect(url, org)
    client.on('closed', (event) => {
      for (const listener of closed) listener(event)
    })
    return client
  }
  return {
    subscribe(payload, sink) {
      let ended = false
      let end = () => {
        ended = true
      }
      loading ??= load()
      void loading.then((client) => {
        if (!ended) end = client.subscribe(payload, sink)
      })
      return () => end()
    },
    onClosed(listener) {
      closed.add(listener)
      return () => closed.delete(listener)
    },
  }
}
