import { expect, test } from 'vitest'
import { nextIn } from './use-refresh.ts'

test('the first change is fetched soon, and a burst of changes once', () => {
  expect(nextIn(1000, undefined, true)).toBe(2000)
})

test('requests keep a minimum distance however much happens', () => {
  expect(nextIn(10_000, 9000, true)).toBe(14_000)
  expect(nextIn(60_000, 9000, true)).toBe(2000)
})

test('without a change, data is refetched once a minute', () => {
  expect(nextIn(1000, undefined, false)).toBe(60_000)
  expect(nextIn(31_000, 1000, false)).toBe(30_000)
  expect(nextIn(200_000, 1000, false)).toBe(0)
})
