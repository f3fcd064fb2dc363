import { expect, test } from 'vitest'
import { readMappings, shownMappings } from './sso-mappings.ts'

const own = [{ id: 'role_01k', name: 'On call' }]

test('a line gives a group a built-in role or one of the organization’s own', () => {
  expect(readMappings('engineers = developer\n\n cn=ops,dc=x =  ON CALL ', own)).toEqual([
    { group: 'engineers', role: 'DEVELOPER' },
    { group: 'cn=ops,dc=x', customRoleId: 'role_01k' },
  ])
  expect(readMappings('', own)).toEqual([])
})

test.each(['engineers', '= developer', 'engineers = chief', 'engineers ='])('the line %j is refused', (line) => {
  expect(readMappings(line, own)).toBeUndefined()
})

test('what is shown is read again', () => {
  const rows = [
    { group: 'a', assignedRole: { name: 'admin' } },
    { group: 'b', assignedRole: { name: 'On call' } },
  ]
  expect(readMappings(shownMappings(rows), own)).toEqual([
    { group: 'a', role: 'ADMIN' },
    { group: 'b', customRoleId: 'role_01k' },
  ])
})
