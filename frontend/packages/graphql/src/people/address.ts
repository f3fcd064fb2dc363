// Follows the links in mails about an email address: same-origin JSON POSTs that sign nobody in.

import { post } from '../sign-in.ts'

export interface AddressPreview {
  /** The address to which the link was sent. */
  sentTo: 'old' | 'new'
  /** Null for a verification of the address that the account has. */
  oldEmail: string | null
  newEmail: string
  /** Whether the change waits for this address. An old one that was never verified can only refuse. */
  needed: boolean
  /** Single sign-on asked for it: in a browser that is not signed in to the account, the account is also secured. */
  atSignIn: boolean
  expiresAt: string
}

export interface AddressConfirmed {
  /** The address that has to confirm too; null if the change is done. */
  waitsFor: 'old' | 'new' | null
}

export const previewAddress = (token: string) => post<AddressPreview>('/auth/email/preview', { token })

export const confirmAddress = (token: string) => post<AddressConfirmed>('/auth/email/confirm', { token })

/** Keeps the old address. With the link to the old address, all sessions of the account end. */
export const refuseAddress = (token: string) => post('/auth/email/refuse', { token })

/** Gives the account its old address back, and ends its sessions and its password. */
export const undoAddressChange = (token: string) => post('/auth/email/undo', { token })
