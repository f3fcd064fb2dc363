// Follows the link to unsubscribe in a letter: POST requests whose path is the proof, and that sign nobody in.

import { post } from '../sign-in.ts'

/** Turns the letters off for whom the link was sent to. */
export const unsubscribe = (token: string) => post(`/mail/unsubscribe/${encodeURIComponent(token)}`, {})

/** Turns them on again. */
export const subscribe = (token: string) => post(`/mail/subscribe/${encodeURIComponent(token)}`, {})
