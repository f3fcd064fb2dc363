// Shows and accepts an invitation by its link: same-origin JSON POSTs.

import { type SignInAnswer, post } from '../sign-in.ts'

/** The details of an invitation that are shown before it is accepted. */
export interface InvitationPreview {
  organization: string
  /** The name of the role; in lower case for a built-in one. */
  role: string
  /** Whether the role is one of the organization's own. */
  customRole: boolean
  invitedBy: string
  /** If set, only the account with this address can accept. */
  email: string | null
  expiresAt: string
  /** Whether the person can accept with a new account. */
  newAccount: boolean
}

/** The existing account with this email address and password, or a new one with this name. */
export interface InvitationAccount {
  name: string
  email: string
  password: string
}

export const previewInvitation = (token: string) => post<InvitationPreview>('/auth/invitation/preview', { token })

/** Without an account, the signed-in person accepts. */
export const acceptInvitation = (
  token: string,
  account?: InvitationAccount,
): Promise<SignInAnswer<{ organizationId: string }>> =>
  post('/auth/invitation', account ? { token, account } : { token })
