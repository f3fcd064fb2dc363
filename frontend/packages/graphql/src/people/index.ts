// The operations of the pages for members, invitations and API keys. They are apart from the others, so that only these pages
// load their documents.

export {
  type AddressConfirmed,
  type AddressPreview,
  confirmAddress,
  previewAddress,
  refuseAddress,
  undoAddressChange,
} from './address.ts'
export { type InvitationAccount, type InvitationPreview, acceptInvitation, previewInvitation } from './invitation.ts'
export { subscribe, unsubscribe } from './letters.ts'
export { type ResetRequested, forgotPassword, resetPassword } from './password.ts'
export { type NewSignUp, confirmSignUp, signUp } from './sign-up.ts'
export * from './generated/graphql.ts'
