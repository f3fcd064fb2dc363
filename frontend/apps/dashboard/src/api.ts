// The page's connection to the server, and what happens when the session or the membership ends.

import { type ApiProblem, SESSION_KEY, actAs, createApi } from '@flowmason/graphql'

let sessionEnded: (had: boolean) => void = () => {}
let organizationLost: (refusal?: ApiProblem) => void = () => {}

/** Set by the router: opens the sign-in page and returns afterwards. `had`: whether there was a session before. */
export function onSessionEnd(handler: (had: boolean) => void) {
  sessionEnded = handler
}

/**
 * Set by the shell: replaces the page when the user is not a member of the organization (any more), or when the
 * organization requires single sign-on.
 */
export function onNoOrganization(handler: (refusal?: ApiProblem) => void) {
  organizationLost = handler
}

/** Whether the session that has ended was one that this page knew. */
let hadSession = false

// The session's cookie cannot be read here, so this remembers that there was one.
export const hasSession = () => localStorage.getItem(SESSION_KEY) !== null
export const rememberSession = (userId: string) => {
  actAs(userId)
  hadSession = false
  localStorage.setItem(SESSION_KEY, 'yes')
}

export const api = createApi(
  () => {
    // Several requests may be refused at once; the later ones find nothing any more.
    hadSession ||= hasSession()
    localStorage.removeItem(SESSION_KEY)
    sessionEnded(hadSession)
  },
  (refusal) => organizationLost(refusal),
)
