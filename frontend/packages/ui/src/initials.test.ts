import { expect, test } from 'vitest'
import { initialsOf } from './initials.tsx'

test.each([
  ['Ada Lovelace', 'AL'],
  ['Ada King, Countess of Lovelace', 'AL'],
  ['ada', 'A'],
  ['ada.lovelace@example.test', 'AL'],
  ['Ångström', 'Å'],
  ['李 明', '李明'],
  ['  ', ''],
])('the initials of %j are %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})
