// The operations for the second factor and for sessions. They are apart from the others, so that only the pages that
// use them load their documents.

export { type PasskeyChallenge, type PasskeyUse, passkeyChallenge, sendPasskey } from './passkey.ts'
export { sendCode, stepUp } from './proof.ts'
export * from './generated/graphql.ts'
