// API keys.

import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'

/** The signed-in user, who creates all keys. */
const CREATOR = 'user_01k0000000000000000000000'
const typed = (key: object) => ({ __typename: 'ApiKey', createdBy: CREATOR, ...key })

export const keys = ({ store, wait }: Mock) => ({
  apiKeys: async () => (await wait(), store.data.keys.map(typed)),
  createApiKey: ({
    input,
  }: {
    input: {
      name: string
      role?: string
      permissions?: string[]
      serviceAccountId?: string
      expiresAt?: string
      allowedNetworks?: string[]
    }
  }) => {
    const secret = `fmk_${newId('key').slice(4)}`
    const key = {
      id: newId('key'),
      name: input.name,
      role: input.role ?? null,
      permissions: input.permissions ?? [],
      serviceAccountId: input.serviceAccountId ?? null,
      prefix: secret.slice(0, 10),
      createdAt: new Date().toISOString(),
      expiresAt: input.expiresAt ?? null,
      allowedNetworks: input.allowedNetworks ?? [],
      lastUsedAt: null,
      lastUsedFrom: null,
      replacedBy: null,
      revokedAt: null,
    }
    store.data.keys.push(key)
    store.save()
    return { apiKey: typed(key), secret }
  },
  rotateApiKey: ({ input }: { input: { id: string; overlapSeconds?: number } }) => {
    const old = store.data.keys.find((each) => each.id === input.id)
    if (!old) throw new Problem('NOT_FOUND', 'There is no such API key.')
    const secret = `fmk_${newId('key').slice(4)}`
    const key = { ...old, id: newId('key'), prefix: secret.slice(0, 10), createdAt: new Date().toISOString() }
    old.replacedBy = key.id
    old.expiresAt = new Date(Date.now() + (input.overlapSeconds ?? 86_400) * 1000).toISOString()
    store.data.keys.unshift(key)
    store.save()
    return { apiKey: typed(key), secret, replaced: typed(old) }
  },
  revokeApiKey: ({ input }: { input: { id: string } }) => {
    const key = store.data.keys.find((each) => each.id === input.id)
    if (!key) throw new Problem('NOT_FOUND', 'There is no such API key.')
    key.revokedAt = new Date().toISOString()
    store.save()
    return { apiKey: typed(key) }
  },
})
