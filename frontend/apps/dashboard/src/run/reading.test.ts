import { expect, test } from 'vitest'
import { readingOf, readingWords } from './reading.ts'

test('until the journal is loaded to the last event of the row, the row takes precedence', () => {
  const row = { lastSeq: 60_000, status: 'succeeded' } as const
  expect(readingOf(row, 0, false)).toEqual({ read: 0, of: 60_000 })
  expect(readingOf(row, 42_620, false)).toEqual({ read: 42_620, of: 60_000 })
  expect(readingOf(row, 60_000, false)).toBeUndefined()
})

test('a run in progress is loaded once; after that its row may be behind or ahead for a moment', () => {
  const row = { lastSeq: 20, status: 'running' } as const
  expect(readingOf(row, 10, false)).toEqual({ read: 10, of: 20 })
  expect(readingOf(row, 10, true)).toBeUndefined()
  expect(readingOf(undefined, 0, false)).toBeUndefined()
  expect(readingOf({ lastSeq: 0, status: 'queued' }, 0, false)).toBeUndefined()
})

test('the progress is shown with thousands separators', () => {
  expect(readingWords({ read: 42_620, of: 60_000 })).toBe('Loading the events: 42,620 of 60,000')
  expect(readingWords({ read: 0, of: 60_000 })).toBe('Not loaded yet')
})
