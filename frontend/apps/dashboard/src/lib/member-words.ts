// What the list of members says about a person: their address, how they sign in, and whether they stay removed.

import type { MemberFieldsFragment } from '@flowmason/graphql/people'

type Member = Pick<
  MemberFieldsFragment,
  'email' | 'unverifiedEmail' | 'signInMethods' | 'signInProviders' | 'mayRejoin'
>

/** `a, b or c`. */
function either(all: readonly string[]): string {
  const last = all.at(-1) ?? ''
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} or ${last}`
}

/** The address, or one that nobody has proved. */
export const emailWords = ({ email, unverifiedEmail }: Member): string =>
  email ?? (unverifiedEmail ? `${unverifiedEmail} (not verified)` : 'No email address')

/** How the person can sign in: `signs in with a password or Okta`. */
export function signInWords({ signInMethods, signInProviders }: Member): string {
  const ways = [
    ...(signInMethods.includes('PASSWORD') ? ['a password'] : []),
    ...(signInMethods.includes('PASSKEY') ? ['a passkey'] : []),
    ...(signInMethods.includes('SINGLE_SIGN_ON')
      ? signInProviders.length > 0
        ? signInProviders
        : ['single sign-on']
      : []),
  ]
  return `signs in with ${ways.length > 0 ? either(ways) : 'one-time links'}`
}

/** What to know before a removal, with a blank before it; empty if there is nothing. */
export const rejoinWords = ({ mayRejoin, signInProviders }: Member): string =>
  mayRejoin
    ? ` With ${either(signInProviders)} they can join again by signing in. To keep them out, remove them at the identity provider, or let the provider let nobody join.`
    : ''
