import { expect, test } from 'vitest'
import { keyAccess, keyEnd } from './key-words.ts'

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
