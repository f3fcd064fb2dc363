// Identity providers. The mock keeps them in memory and calls none.

import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'

interface Provider {
  id: string
  enabled: boolean
  [name: string]: unknown
}

export function singleSignOn({ wait }: Mock) {
  const providers: Provider[] = []
  const view = (provider: Provider) => ({
    __typename: 'SsoProvider',
    ...provider,
    signInPath: `/sign-in/oidc/${provider.id}`,
    createdAt: new Date().toISOString(),
    lastUsedAt: null,
    lastProblem: null,
    lastProblemAt: null,
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
    connectableProviders: () => [],
    createSsoProvider: ({ input }: { input: { settings: Omit<Provider, 'id'>; clientSecret?: string } }) => {
      const provider = {
        ...input.settings,
        id: newId('sso'),
        enabled: Boolean(input.settings['enabled']),
        hasClientSecret: Boolean(input.clientSecret),
      }
      providers.push(provider)
      return { provider: view(provider) }
    },
    updateSsoProvider: ({ input }: { input: { id: string; settings: Omit<Provider, 'id'> } }) => {
      const provider = Object.assign(find(input.id), input.settings)
      return { provider: view(provider) }
    },
    deleteSsoProvider: ({ input }: { input: { id: string } }) => {
      providers.splice(providers.indexOf(find(input.id)), 1)
      return { id: input.id }
    },
    testSsoProvider: () => ({
      passed: true,
      problem: null,
      authorizationEndpoint: 'https://login.example.com/authorize',
      tokenEndpoint: 'https://login.example.com/token',
      keys: 2,
      algorithms: ['RS256'],
      unknownScopes: [],
    }),
  }
}
