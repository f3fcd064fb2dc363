import { expect, test } from 'vitest'
import { isZone, knownZone } from './local-time.ts'
import { offsetOf, zonesMatching } from './zones.ts'

test('a zone is found by its city as people write it', () => {
  const known = ['America/New_York', 'Australia/Lindeman', 'Europe/Berlin', 'UTC']
  expect(zonesMatching(known, 'new york', 8)).toEqual(['America/New_York'])
  expect(zonesMatching(known, 'lin', 8)).toEqual(['Australia/Lindeman', 'Europe/Berlin'])
  expect(zonesMatching(known, 'utc', 8)).toEqual(['UTC'])
  expect(zonesMatching(known, '', 2)).toHaveLength(2)
  expect(zonesMatching(known, 'atlantis', 8)).toEqual([])
})

test('an offset is that of the instant', () => {
  expect(offsetOf('Europe/Berlin', Date.parse('2026-01-01T00:00:00Z'))).toBe('GMT+1')
  expect(offsetOf('Europe/Berlin', Date.parse('2026-07-01T00:00:00Z'))).toBe('GMT+2')
  expect(offsetOf('Mars/Olympus', 0)).toBe('')
})

test('a zone that this browser does not know is shown in UTC', () => {
  expect(isZone('Europe/Berlin')).toBe(true)
  expect(knownZone('Mars/Olympus')).toBe('UTC')
  expect(knownZone(null)).toBe('UTC')
})
