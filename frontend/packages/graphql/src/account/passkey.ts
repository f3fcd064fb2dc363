// Signing in with a passkey, and proving who the user is with one.

import { type SignInAnswer, post } from '../sign-in.ts'

export interface PasskeyChallenge {
  token: string
  options: unknown
}

/** What a passkey is used for: signing in, the second step of signing in, or a fresh proof. */
export type PasskeyUse = 'sign-in' | 'code' | 'step-up'

const paths: Record<PasskeyUse, string> = {
  'sign-in': '/auth/passkey',
  code: '/auth/code/passkey',
  'step-up': '/auth/step-up/passkey',
}

export const passkeyChallenge = (use: PasskeyUse): Promise<SignInAnswer<PasskeyChallenge>> =>
  post(`${paths[use]}/options`, {})

export const sendPasskey = (use: PasskeyUse, token: string, credential: unknown) =>
  post(paths[use], { token, credential })
