import { expect, test } from 'vitest'
import { shortId } from './copy.tsx'
import { formatAgo, formatDuration } from './time.tsx'

test.each([
  [0, '0 ms'],
  [412, '412 ms'],
  [2140, '2.1 s'],
  [59_949, '59.9 s'],
  [59_960, '1 min 00 s'],
  [65_000, '1 min 05 s'],
  [3_600_000, '1 h 00 min'],
  [11_520_000, '3 h 12 min'],
  [-5, '0 ms'],
  [Number.NaN, '0 ms'],
])('a duration of %d ms is shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [1000, 'just now'],
  [30_000, '30 s ago'],
  [180_000, '3 min ago'],
  [86_400_000, '1 day ago'],
  [-1000, 'just now'],
  [-30_000, 'in 30 s'],
])('%d ms ago is shown as %s', (ms, text) => {
  expect(formatAgo(ms)).toBe(text)
})

test('an id keeps its prefix and both ends', () => {
  expect(shortId('run_01k9x4abcdefghijklmnop7qdm')).toBe('run_01k9x4…7qdm')
  expect(shortId('short')).toBe('short')
})
