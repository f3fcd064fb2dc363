// What the pages say about SAML: what to do at each product, and which parts it has to sign.

import type { SamlFieldsFragment, SamlSignedParts, SsoProtocol, SsoProviderKind } from '@flowmason/graphql/people'

export const protocols: readonly [SsoProtocol, string][] = [
  ['OIDC', 'OpenID Connect'],
  ['SAML', 'SAML 2.0'],
]

/** How to set up a product, in order. The addresses are below the steps. */
export const samlSteps: Readonly<Record<SsoProviderKind, readonly string[]>> = {
  OKTA: [
    'In the admin console, open Applications and create an app integration: SAML 2.0.',
    'Paste the ACS URL into “Single sign-on URL” and the entity ID into “Audience URI”.',
    'Choose EmailAddress or Persistent as the Name ID format, and add a group attribute statement named “groups”.',
    'Assign the app to people and groups. Then copy the metadata URL from its Sign On tab.',
  ],
  ENTRA: [
    'In the Entra admin center, open Enterprise applications and create your own application, then Single sign-on: SAML.',
    'Paste the entity ID into “Identifier” and the ACS URL into “Reply URL”.',
    'Under Attributes & Claims, add a group claim. Entra sends the object IDs of groups.',
    'Copy the “App Federation Metadata Url”.',
  ],
  GOOGLE: [
    'In the Google admin console, open Web and mobile apps and add a custom SAML app.',
    'Download the metadata there, and paste the content of the file below.',
    'Paste the ACS URL and the entity ID. Choose the Name ID format EMAIL with the primary email.',
    'Map groups to an app attribute named “groups”, and turn the app on for your people.',
  ],
  KEYCLOAK: [
    'In your realm, create a client of the type SAML, with the entity ID as its client ID.',
    'Paste the ACS URL into “Valid redirect URIs” and “Master SAML Processing URL”. Turn “Sign assertions” on.',
    'Under Keys, import the certificate below for signing and for encryption.',
    'Add a mapper “Group list” with the attribute “groups” and “Full group path” off. The metadata is at “/protocol/saml/descriptor” below the realm.',
  ],
  OTHER: [
    'Create an application for SAML 2.0. If the product reads metadata, give it the entity ID: it is the address of ours.',
    'Otherwise, enter the ACS URL and the entity ID (audience), both exactly as they are.',
    'Configure it to sign assertions with RSA-SHA256, and send a name ID that stays the same, and the groups as an attribute.',
  ],
}

/** How long before the end of a certificate people are warned. */
const WARNED_MS = 60 * 24 * 60 * 60 * 1000

/** Whether a certificate has expired, or soon will. */
export const expiresSoon = (notAfter: string, now: number): boolean => Date.parse(notAfter) - now < WARNED_MS

/** What follows if no owner vouches for the certificates. */
export const vouching = (by: SamlFieldsFragment['vouchedBy']): string =>
  (by === 'ADMIN'
    ? 'No owner has saved the provider with these certificates, so it signs in no owners.'
    : 'Somebody who may do less than an admin saved the provider with these certificates, so it signs in nobody who may do more than they.') +
  ' If you save it, you vouch for them: compare the fingerprints with those at the provider first.'

export const signedParts: readonly [SamlSignedParts, string][] = [
  ['EITHER', 'The assertion or the response'],
  ['ASSERTION', 'The assertion'],
  ['RESPONSE', 'The response'],
  ['BOTH', 'Both'],
]
