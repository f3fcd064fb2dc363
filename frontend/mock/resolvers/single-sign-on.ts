// Identity providers. The mock keeps them in memory and calls none.

import { Problem, newId } from '../store.ts'
import { assignedRole } from './access.ts'
import type { Mock } from './shared.ts'

interface RoleInput {
  role?: string | null
  customRoleId?: string | null
}

interface Provider {
  id: string
  enabled: boolean
  samlInput?: SamlInput
  mappings?: (RoleInput & { group: string })[]
  defaultRole?: string | null
  defaultCustomRoleId?: string | null
  /** Whether the metadata was entered. */
  known?: boolean
  /** Whether a new key waits beside the one in use. */
  renewing?: boolean
  [name: string]: unknown
}

interface Settings {
  enabled: boolean
  saml?: SamlInput | null
  [name: string]: unknown
}

interface SamlInput {
  metadata?: string | null
  metadataUrl?: string | null
  signedParts?: string
  unsolicited?: boolean
  emailAttribute?: string | null
  nameAttribute?: string | null
}

const certificate = {
  __typename: 'SamlCertificate',
  fingerprint: Array.from({ length: 32 }, (_, at) => (at * 7).toString(16).padStart(2, '0').toUpperCase()).join(':'),
  notBefore: '2025-01-01T00:00:00Z',
  notAfter: '2035-01-01T00:00:00Z',
  pem: '-----BEGIN CERTIFICATE-----\nMOCK\n-----END CERTIFICATE-----\n',
}

const samlView = (id: string, input: SamlInput, known: boolean, renewing: boolean) => ({
  __typename: 'SamlProvider',
  serviceEntityId: `http://127.0.0.1:8080/auth/saml/${id}/metadata`,
  serviceAcsUrl: `http://127.0.0.1:8080/auth/saml/${id}/acs`,
  serviceLogoutUrl: `http://127.0.0.1:8080/auth/saml/${id}/slo`,
  serviceCertificate: certificate,
  nextServiceCertificate: renewing ? { ...certificate, notAfter: '2036-01-01T00:00:00Z' } : null,
  signInUrl: known ? 'https://login.example.com/sso' : null,
  signOutUrl: null,
  certificates: known ? [certificate] : [],
  vouchedBy: 'OWNER',
  signedParts: input.signedParts ?? 'EITHER',
  unsolicited: input.unsolicited ?? false,
  emailAttribute: input.emailAttribute ?? null,
  nameAttribute: input.nameAttribute ?? null,
  metadataUrl: input.metadataUrl ?? null,
  followsMetadata: Boolean(input.metadataUrl),
  metadataReadAt: input.metadataUrl ? new Date().toISOString() : null,
  metadataFailedAt: null,
  lastTest: null,
})

export function singleSignOn({ store, wait }: Mock) {
  const providers: Provider[] = []
  let since: string | null = null
  const guests: string[] = []
  const forEveryone = () => ({
    __typename: 'SsoForEveryone',
    since,
    guests: guests.map((userId) => {
      const member = store.data.members?.find((each) => each.userId === userId)
      return {
        __typename: 'SsoGuest',
        userId,
        name: member?.name ?? store.data.user.name,
        email: member?.email ?? null,
      }
    }),
  })
  const view = ({ samlInput, known, renewing, mappings, defaultRole, defaultCustomRoleId, ...provider }: Provider) => ({
    __typename: 'SsoProvider',
    issuer: known ? 'https://login.example.com/entity' : null,
    clientId: null,
    scopes: [],
    audiences: [],
    groupsClaim: null,
    ...provider,
    mappings: (mappings ?? []).map(({ group, role, customRoleId }) => ({
      __typename: 'SsoRoleMapping',
      group,
      role: customRoleId ? null : role,
      assignedRole: assignedRole(role, customRoleId),
    })),
    defaultRole: defaultRole ?? null,
    assignedDefaultRole: defaultRole || defaultCustomRoleId ? assignedRole(defaultRole, defaultCustomRoleId) : null,
    protocol: samlInput ? 'SAML' : 'OIDC',
    saml: samlInput ? samlView(provider.id, samlInput, Boolean(known), Boolean(renewing)) : null,
    signInPath: `/sign-in/${samlInput ? 'saml' : 'oidc'}/${provider.id}`,
    createdAt: new Date().toISOString(),
    lastUsedAt: null,
    lastProblem: null,
    lastProblemAt: null,
  })
  const taken = ({ saml, ...settings }: Settings) => ({
    defaultRole: null,
    defaultCustomRoleId: null,
    ...settings,
    ...(saml && { samlInput: saml }),
    ...(Boolean(saml?.metadata || saml?.metadataUrl) && { known: true }),
  })
  const find = (id: string) => {
    const found = providers.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such identity provider.')
    return found
  }
  return {
    ssoProviders: async () => (await wait(), providers.map(view)),
    ssoRedirectUri: () => 'http://127.0.0.1:8080/sign-in/oidc/callback',
    externalIdentities: () => [],
    ssoForEveryone: async () => (await wait(), forEveryone()),
    ssoUnprepared: () => ({ count: 0, members: [] }),
    ssoOwnerChoices: () => [
      {
        __typename: 'SsoOwnerChoice',
        userId: 'user_01k0000000000000000000000',
        name: store.data.user.name,
        email: store.data.user.email,
        hasPasskey: true,
        chosen: since !== null,
      },
    ],
    enforceSsoForEveryone: () => {
      since ??= new Date().toISOString()
      return { ssoForEveryone: forEveryone() }
    },
    stopEnforcingSsoForEveryone: () => {
      since = null
      return { ssoForEveryone: forEveryone() }
    },
    addSsoGuest: ({ input }: { input: { userId: string } }) => {
      if (!guests.includes(input.userId)) guests.push(input.userId)
      return { ssoForEveryone: forEveryone() }
    },
    removeSsoGuest: ({ input }: { input: { userId: string } }) => {
      if (guests.includes(input.userId)) guests.splice(guests.indexOf(input.userId), 1)
      return { ssoForEveryone: forEveryone() }
    },
    connectableProviders: () => [],
    createSsoProvider: ({ input }: { input: { settings: Settings; clientSecret?: string } }) => {
      const provider = {
        ...taken(input.settings),
        id: newId('sso'),
        enabled: Boolean(input.settings.enabled),
        hasClientSecret: Boolean(input.clientSecret),
      }
      providers.push(provider)
      return { provider: view(provider) }
    },
    updateSsoProvider: ({ input }: { input: { id: string; settings: Settings } }) => {
      const provider = Object.assign(find(input.id), taken(input.settings))
      return { provider: view(provider) }
    },
    createSamlKey: ({ input }: { input: { id: string } }) => ({
      provider: view(Object.assign(find(input.id), { renewing: true })),
    }),
    removeOldSamlKey: ({ input }: { input: { id: string } }) => ({
      provider: view(Object.assign(find(input.id), { renewing: false })),
    }),
    deleteSsoProvider: ({ input }: { input: { id: string } }) => {
      providers.splice(providers.indexOf(find(input.id)), 1)
      return { id: input.id }
    },
    testSsoProvider: ({ input }: { input: { id: string } }) => ({
      passed: true,
      problem: null,
      signInUrl: find(input.id).samlInput ? 'https://login.example.com/sso?SAMLRequest=mock' : null,
      authorizationEndpoint: 'https://login.example.com/authorize',
      tokenEndpoint: 'https://login.example.com/token',
      keys: 2,
      algorithms: ['RS256'],
      unknownScopes: [],
    }),
  }
}
