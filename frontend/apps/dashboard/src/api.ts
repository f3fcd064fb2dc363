// The one connection of this page, and what happens when the session has ended.

import { createApi } from '@flowmason/graphql'

let leave = () => {}

/** Set by the router: go to the sign-in page and come back afterwards. */
export function onSessionEnd(handler: () => void) {
  leave = handler
}

export const api = createApi(() => leave())
