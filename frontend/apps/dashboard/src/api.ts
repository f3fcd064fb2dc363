// The page's connection to the server, and what happens when the session or the membership ends.

import { type ApiProblem, createApi } from '@flowmason/graphql'

let sessionEnded = () => {}
let organizationLost: (refusal?: ApiProblem) => void = () => {}

/** Set by the router: opens the sign-in page and returns afterwards. */
export function onSessionEnd(handler: () => void) {
  sessionEnded = handler
}

/**
 * Set by the shell: replaces the page when the user is not a member of the organization (any more), or when the
 * organization requires single sign-on.
 */
export function onNoOrganization(handler: (refusal?: ApiProblem) => void) {
  organizationLost = handler
}

// The session's cookie cannot be read here, so this remembers that there was one.
const SESSION_KEY = 'flowmason.session'
export const hasSession = () => localStorage.getItem(SESSION_KEY) !== null
export const rememberSession = () => localStorage.setItem(SESSION_KEY, 'yes')

export const api = createApi(
  () => {
    localStorage.removeItem(SESSION_KEY)
    sessionEnded()
  },
  (refusal) => organizationLost(refusal),
)
