import { expect, test } from 'vitest'
import { progressWords } from './backfills.tsx'
import { instantIn } from './local-time.ts'

test('a local time is the instant at which the zone shows it, before and after a change of the clock', () => {
  expect(instantIn('2026-03-28T09:00', 'Europe/Berlin')).toBe('2026-03-28T08:00:00.000Z')
  expect(instantIn('2026-03-29T09:00', 'Europe/Berlin')).toBe('2026-03-29T07:00:00.000Z')
  expect(instantIn('2026-03-29T00:30', 'Europe/Berlin')).toBe('2026-03-28T23:30:00.000Z')
  expect(instantIn('', 'UTC')).toBeUndefined()
})

test('the progress of a back-fill says what started, what was refused and what had run before', () => {
  const rest = { pending: 0, requestedBy: 'Ada', createdAt: '2026-01-01T00:00:00Z' }
  expect(progressWords({ ...rest, planned: 5, known: 0, fired: 3, refused: 0 })).toBe('3 of 5 started')
  expect(progressWords({ ...rest, planned: 1000, known: 2, fired: 3, refused: 1 })).toBe(
    '3 of 1,000 started, 1 refused; 2 had run before',
  )
})
