import { expect, test } from 'vitest'
import { aRole } from './role-words.ts'

test('a role has the article that its first letter needs', () => {
  expect(['OWNER', 'admin', 'DEVELOPER', 'viewer'].map(aRole)).toEqual([
    'an owner',
    'an admin',
    'a developer',
    'a viewer',
  ])
})
