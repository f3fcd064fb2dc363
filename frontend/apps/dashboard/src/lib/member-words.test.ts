import { describe, expect, it } from 'vitest'
import { emailWords, rejoinWords, signInWords } from './member-words.ts'

const member = {
  email: null,
  unverifiedEmail: null,
  signInMethods: [],
  signInProviders: [],
  mayRejoin: false,
}

describe('the words about a member', () => {
  it('name every way to sign in, and the provider', () => {
    expect(signInWords(member)).toBe('signs in with one-time links')
    const okta = { ...member, signInMethods: ['SINGLE_SIGN_ON' as const], signInProviders: ['Okta'] }
    expect(signInWords(okta)).toBe('signs in with Okta')
    const all = { ...okta, signInMethods: ['PASSWORD' as const, 'PASSKEY' as const, 'SINGLE_SIGN_ON' as const] }
    expect(signInWords(all)).toBe('signs in with a password, a passkey or Okta')
  })

  it('show an address that nobody has proved as such', () => {
    expect(emailWords(member)).toBe('No email address')
    expect(emailWords({ ...member, unverifiedEmail: 'ada@example.test' })).toBe('ada@example.test (not verified)')
    expect(emailWords({ ...member, email: 'ada@example.test' })).toBe('ada@example.test')
  })

  it('say before a removal who can come back', () => {
    expect(rejoinWords(member)).toBe('')
    expect(rejoinWords({ ...member, signInProviders: ['Okta'], mayRejoin: true })).toMatch(/^ With Okta they can join/)
  })
})
