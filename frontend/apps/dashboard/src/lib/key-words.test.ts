import { expect, test } from 'vitest'
import { keyAccess, keyChoices, keyEnd } from './key-words.ts'

test('the access of a key is its role, the number of its permissions, or what is granted to it', () => {
  expect(keyAccess({ role: 'DEVELOPER', permissions: ['run.start', 'run.read'] })).toBe('developer')
  expect(keyAccess({ role: null, permissions: ['run.start'] })).toBe('1 permission')
  expect(keyAccess({ role: null, permissions: ['run.start', 'run.read'] })).toBe('2 permissions')
  expect(keyAccess({ role: null, permissions: [] })).toBe('only what is granted to it')
})

test('a key that was revoked or replaced or has expired gets no grants', () => {
  const now = Date.parse('2026-01-02T00:00:00Z')
  const key = { expiresAt: null, revokedAt: null, replacedBy: null }
  expect(keyEnd(key, now)).toBeUndefined()
  expect(keyEnd({ ...key, expiresAt: '2026-01-03T00:00:00Z' }, now)).toBeUndefined()
  expect(keyEnd({ ...key, expiresAt: '2026-01-02T00:00:00Z' }, now)).toBe('expired')
  expect(keyEnd({ ...key, replacedBy: 'key_x' }, now)).toBe('replaced')
  expect(keyEnd({ ...key, revokedAt: '2026-01-01T00:00:00Z' }, now)).toBe('revoked')
})

test('keys that have not ended are offered apart by their holders, each with its prefix', () => {
  const now = Date.parse('2026-01-02T00:00:00Z')
  const key = (id: string, name: string, more: object = {}) => ({
    id,
    name,
    prefix: `fmk_${id}`,
    serviceAccountId: null,
    expiresAt: null,
    revokedAt: null,
    replacedBy: null,
    ...more,
  })
  const keys = [
    key('a', 'ci'),
    key('b', 'ci', { expiresAt: '2026-01-03T00:00:00Z' }),
    key('c', 'old', { revokedAt: '2026-01-01T00:00:00Z' }),
    key('d', 'nightly', { serviceAccountId: 'svc_1' }),
    key('e', 'hourly', { serviceAccountId: 'svc_2' }),
  ]
  expect(keyChoices(keys, [{ id: 'svc_1', name: 'deploy' }], now)).toEqual({
    people: [
      { id: 'a', name: 'ci (fmk_a…)' },
      { id: 'b', name: 'ci (fmk_b…)' },
    ],
    accounts: [
      { id: 'd', name: 'nightly of deploy (fmk_d…)' },
      { id: 'e', name: 'hourly of a service account (fmk_e…)' },
    ],
  })
})
