import { expect, test } from 'vitest'
import { readCertificates } from '../pages/saml-certificates.tsx'
import { expiresSoon, samlSteps, vouching } from './saml-words.ts'
import { kinds } from './sso-words.ts'

test('every product has steps for SAML', () => {
  for (const kind of kinds) expect(samlSteps[kind].length).toBeGreaterThan(2)
})

test('a certificate that ends within two months is one to renew', () => {
  const now = Date.parse('2026-11-30T00:00:00Z')
  expect(expiresSoon('2027-01-30T00:00:00Z', now)).toBe(false)
  expect(expiresSoon('2027-01-28T00:00:00Z', now)).toBe(true)
  expect(expiresSoon('2026-11-29T00:00:00Z', now)).toBe(true)
})

test('whoever saves certificates that no owner vouches for is told what that means', () => {
  expect(vouching('ADMIN')).toContain('signs in no owners. If you save it')
  expect(vouching(null)).toContain('less than an admin')
})

test('certificates are sent only if they were changed, each on its own', () => {
  const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----`
  const known = [{ fingerprint: 'A', notBefore: '', notAfter: '', pem: pem('a') }]
  const form = (kept: string[], added: string) => {
    const data = new FormData()
    for (const each of kept) data.append('keptCertificate', each)
    data.append('certificates', added)
    return data
  }
  expect(readCertificates(form([pem('a')], ''), known)).toBeNull()
  expect(readCertificates(form([], ''), known)).toEqual([])
  expect(readCertificates(form([pem('a')], `${pem('b')}\n${pem('c')}\n`), known)).toEqual([
    pem('a'),
    pem('b'),
    pem('c'),
  ])
})
