// Completes a sign-in with a code, and proves the identity of a signed-in user again.

import { post } from '../sign-in.ts'

/** The second step of signing in: a code of the authenticator app, or a recovery code. */
export const sendCode = (code: string) => post('/auth/code', { code })

/** A fresh proof before a dangerous change. */
export const stepUp = (proof: { password: string } | { code: string }) => post('/auth/step-up', proof)
