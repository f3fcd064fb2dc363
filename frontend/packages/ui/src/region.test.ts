import { afterEach, expect, test } from 'vitest'
import { dateFormat, setRegion } from './region.ts'

afterEach(() => setRegion(null, null))

const at = new Date('2026-03-01T23:30:00Z')
const options = { year: 'numeric', month: '2-digit', day: '2-digit' } as const

test('dates are shown in the chosen locale and time zone', () => {
  setRegion('de-DE', 'Asia/Tokyo')
  expect(dateFormat(options).format(at)).toBe('02.03.2026')
  setRegion('en-GB', 'UTC')
  expect(dateFormat(options).format(at)).toBe('01/03/2026')
})

test('a zone of the options wins over the chosen one', () => {
  setRegion('de-DE', 'Asia/Tokyo')
  expect(dateFormat({ ...options, timeZone: 'UTC' }).format(at)).toBe('01.03.2026')
})

test('a locale or a zone that the browser does not know is ignored alone', () => {
  setRegion('de-DE', 'Moon/Crater')
  expect(dateFormat({ ...options, timeZone: 'UTC' }).format(at)).toBe('01.03.2026')
  expect(dateFormat(options).format(at)).toMatch(/^\d\d\.03\.2026$/)
  setRegion('x', 'Asia/Tokyo')
  expect(dateFormat(options).resolvedOptions().timeZone).toBe('Asia/Tokyo')
})
