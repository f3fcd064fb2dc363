import { expect, test } from 'vitest'
import { guides, kinds, ssoProblem } from './sso-words.ts'

test('a reason in the address of the sign-in page is explained, and an invented one is not shown', () => {
  expect(ssoProblem('no_role').message).toContain('None of your groups')
  const invented = ssoProblem('<script>alert(1)</script>')
  expect(invented.message).not.toContain('script')
  expect(invented.code).toBe('SSO_SCRIPTALERT1SCRIPT')
})

test('every product has a guide with an https issuer and steps', () => {
  expect(kinds).toHaveLength(5)
  for (const kind of kinds) {
    expect(guides[kind].issuer).toMatch(/^https:\/\//)
    expect(guides[kind].steps.length).toBeGreaterThan(2)
  }
})
