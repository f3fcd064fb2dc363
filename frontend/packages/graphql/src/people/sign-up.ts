// Signing up on a server that is open to strangers: same-origin JSON POSTs.

import { type FirstStep, post } from '../sign-in.ts'

export interface NewSignUp {
  email: string
  name: string
  password: string
  /** The name of the new organization. */
  organization: string
}

/** The response is the same whether or not the address has an account. */
export const signUp = (wanted: NewSignUp) => post('/auth/sign-up', wanted)

/** Makes the account with the token of the link and the password that was chosen, and signs the person in. */
export const confirmSignUp = (token: string, password: string) =>
  post<FirstStep>('/auth/sign-up/confirm', { token, password })
