// Resetting a forgotten password: same-origin JSON POSTs that sign nobody in.

import { post } from '../sign-in.ts'

/** How a link for a new password reaches the person: by email, or by the administrator of the server. */
export interface ResetRequested {
  delivery: 'email' | 'folder'
}

/** The response is the same whether or not the address has an account. */
export const forgotPassword = (email: string) => post<ResetRequested>('/auth/password/forgot', { email })

/** Sets a new password with the token of a link, and ends all sessions of the account. */
export const resetPassword = (token: string, newPassword: string) =>
  post('/auth/password/reset', { token, newPassword })
