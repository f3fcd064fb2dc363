// The client of the WebSocket, and what it says about the connection. Loaded with the first subscription.

import { type Client, createClient } from 'graphql-ws'
import { useLink } from './live.ts'

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 3000

export function connect(url: string, org: () => string | null): Client {
  const client = createClient({
    url,
    connectionParams: () => {
      const chosen = org()
      return chosen ? { org: chosen } : undefined
    },
    lazy: true,
    lazyCloseTimeout: 2000,
    keepAlive: 10_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (tries) =>
      new Promise((resolve) =>
        setTimeout(
          resolve,
          Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries, 5), LONGEST_WAIT_MS) * (0.8 + Math.random() * 0.4),
        ),
      ),
  })
  let pong: ReturnType<typeof setTimeout> | undefined
  client.on('connected', () => useLink.setState({ state: 'live' }))
  client.on('closed', (event) => {
    clearTimeout(pong)
    // 1000 is a close by the client itself: the last subscription has ended.
    useLink.setState({ state: (event as CloseEvent).code === 1000 ? 'idle' : 'reconnecting' })
  })
  // A connection that stays open but no longer responds is treated as closed.
  client.on('ping', (received) => {
    if (!received) pong = setTimeout(() => client.terminate(), 5000)
  })
  client.on('pong', (received) => {
    if (received) clearTimeout(pong)
  })
  return client
}
