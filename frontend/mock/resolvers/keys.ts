// API keys.

import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'

export const keys = ({ store, wait }: Mock) => ({
  apiKeys: async () => (await wait(), store.data.keys.map((key) => ({ __typename: 'ApiKey', ...key }))),
  createApiKey: ({ input }: { input: { name: string; role: string } }) => {
    const secret = `fm_${newId('key').slice(4)}`
    const key = {
      id: newId('key'),
      name: input.name,
      role: input.role,
      permissions: [],
      prefix: secret.slice(0, 9),
      createdAt: new Date().toISOString(),
      lastUsedAt: null,
      revokedAt: null,
    }
    store.data.keys.push(key)
    store.save()
    return { apiKey: { __typename: 'ApiKey', ...key }, secret }
  },
  revokeApiKey: ({ input }: { input: { id: string } }) => {
    const key = store.data.keys.find((each) => each.id === input.id)
    if (!key) throw new Problem('NOT_FOUND', 'There is no such API key.')
    key.revokedAt = new Date().toISOString()
    store.save()
    return { apiKey: { __typename: 'ApiKey', ...key } }
  },
})
