// What the pages say about single sign-on: why a sign-in was refused, and what to copy where.

import type { SsoJoining, SsoProviderKind } from '@flowmason/graphql/people'

const problems: Readonly<Record<string, string>> = {
  no_provider: 'There is no such identity provider, or it is turned off. Ask your administrator.',
  unusable:
    'The identity provider cannot be used right now. Try again in a moment, or ask your administrator to test its settings.',
  ended: 'This sign-in has ended: it was completed, took too long, or was begun in another browser. Begin again.',
  denied: 'The identity provider did not sign you in. Try again, or ask your administrator.',
  refused:
    'The answer of the identity provider was not accepted. Try again, or ask your administrator, who sees the reason in the settings of single sign-on.',
  not_member:
    'You are not a member of this organization, and its single sign-on does not let you join. Ask for an invitation.',
  deprovisioned:
    'Your organization has ended your access. Ask your administrator to give it back at the identity provider.',
  not_trusted:
    'The certificates of this identity provider were entered by somebody who may do less than you, so it cannot sign you in. Sign in another way, or ask an owner to save it again, such as the break-glass owner.',
  no_role: 'None of your groups gives access to this organization. Ask your administrator.',
  connect_first:
    'There is an account with your address in this organization. Sign in to it as before, then connect it in your settings.',
  prove_address:
    'Your organization requires single sign-on, but the address of your account was never verified. We have sent a link to it: open it, best in this browser, then sign in with your identity provider again.',
  may_do_more:
    'Your account may do more in this organization than its single sign-on gives. Ask an owner, such as the break-glass owner, to give you the role of single sign-on until you have signed in once.',
  connected_elsewhere: 'This account is already connected to another person here.',
  other_person: 'Sign in as the person who wants to connect the account, then begin again.',
  rate_limited: 'Too many attempts. Wait a minute, then try again.',
}

/** The problem of the sign-in page for the word in its address, which anybody can write. */
export const ssoProblem = (word: string) => ({
  message: problems[word] ?? 'Signing in with the identity provider failed. Try again.',
  code: `SSO_${word.replace(/\W/g, '').slice(0, 30).toUpperCase()}`,
})

/** How to set up a product. */
export interface Guide {
  label: string
  /** What to do there, in order. */
  steps: readonly string[]
  /** An example of the issuer. */
  issuer: string
  /** Where the issuer is found. */
  issuerHint: string
  scopes: readonly string[]
  groupsClaim: string
  /** How groups get into the token. */
  groupsHint: string
}

export const guides: Readonly<Record<SsoProviderKind, Guide>> = {
  OKTA: {
    label: 'Okta',
    steps: [
      'In the admin console, open Applications and create an app integration: OIDC, Web Application.',
      'Paste the redirect URI below into “Sign-in redirect URIs”.',
      'Assign the app to the people and groups who may sign in.',
      'Copy the client ID and the client secret from its General tab.',
    ],
    issuer: 'https://company.okta.com',
    issuerHint:
      'The address of your Okta organization, without a path. With a custom authorization server, its issuer.',
    scopes: ['email', 'profile', 'groups'],
    groupsClaim: 'groups',
    groupsHint: 'In the app’s Sign On tab, add a groups claim named “groups” with a filter.',
  },
  ENTRA: {
    label: 'Microsoft Entra ID',
    steps: [
      'In the Entra admin center, open App registrations and register an app for accounts in this directory only.',
      'Add the platform Web with the redirect URI below.',
      'Under Certificates & secrets, create a client secret and copy its value.',
      'Under Token configuration, add the optional claim “email”, and a groups claim.',
    ],
    issuer: 'https://login.microsoftonline.com/TENANT-ID/v2.0',
    issuerHint: 'With your directory (tenant) ID in it. “common” and “organizations” are not accepted.',
    scopes: ['email', 'profile'],
    groupsClaim: 'groups',
    groupsHint: 'Entra sends the object IDs of groups, not their names.',
  },
  GOOGLE: {
    label: 'Google Workspace',
    steps: [
      'In the Google Cloud console, configure the OAuth consent screen with the user type Internal.',
      'Under Credentials, create an OAuth client ID of the type Web application.',
      'Paste the redirect URI below into “Authorized redirect URIs”.',
      'Copy the client ID and the client secret.',
    ],
    issuer: 'https://accounts.google.com',
    issuerHint: 'The same for everybody.',
    scopes: ['email', 'profile'],
    groupsClaim: '',
    groupsHint: 'Google sends no groups. Leave this empty and choose a role for everyone.',
  },
  KEYCLOAK: {
    label: 'Keycloak',
    steps: [
      'In your realm, create a client of the type OpenID Connect with client authentication on.',
      'Keep “Standard flow” only, and paste the redirect URI below into “Valid redirect URIs”.',
      'Copy the client secret from the Credentials tab.',
      'For groups, add a mapper “Group Membership” to a client scope, with “Full group path” off.',
    ],
    issuer: 'https://keycloak.example.com/realms/company',
    issuerHint: 'The address of the realm.',
    scopes: ['email', 'profile'],
    groupsClaim: 'groups',
    groupsHint: 'The name of the mapper’s claim; “realm_access.roles” for realm roles.',
  },
  OTHER: {
    label: 'Other',
    steps: [
      'Create a client for the authorization code flow with PKCE, with a client secret.',
      'Register the redirect URI below, exactly as it is.',
      'Copy the client ID and the client secret.',
    ],
    issuer: 'https://login.example.com',
    issuerHint: 'The provider’s name for itself: “issuer” in its discovery document.',
    scopes: ['email', 'profile'],
    groupsClaim: '',
    groupsHint: 'The claim of the ID token, or of the user info endpoint, that lists the groups.',
  },
}

export const kinds = Object.keys(guides) as SsoProviderKind[]

export const joinings: readonly [SsoJoining, string][] = [
  ['PROVED_DOMAINS', 'People with an address of our proved domains'],
  ['EVERYBODY', 'Everybody whom the provider signs in'],
  ['NOBODY', 'Nobody: people are invited first'],
]
