// The page's connection to the server, and what happens when the session ends.

import { createApi } from '@flowmason/graphql'

let leave = () => {}

/** Set by the router: opens the sign-in page and returns afterwards. */
export function onSessionEnd(handler: () => void) {
  leave = handler
}

export const api = createApi(() => leave())
