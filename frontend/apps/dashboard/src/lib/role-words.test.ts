import { expect, test } from 'vitest'
import { withRole } from './role-words.ts'

test('a role is called by its name, which needs no article', () => {
  expect(withRole('billing')).toBe('with the role Billing')
  expect(withRole('BILLING')).toBe('with the role Billing')
  expect(withRole('Operator')).toBe('with the role Operator')
})
