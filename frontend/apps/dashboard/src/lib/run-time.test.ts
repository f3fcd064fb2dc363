import { expect, test } from 'vitest'
import { lengthOf, spanOf } from './run-time.ts'

const at = (ms: number) => new Date(ms).toISOString()

test("the run's row is the source, so that list and page agree", () => {
  const row = { createdAt: at(0), startedAt: at(1000), finishedAt: at(3500) }
  expect(lengthOf(spanOf(row, true))).toBe(2500)
  expect(lengthOf(spanOf(row, true, { startedAt: 1040, finishedAt: 3400 }))).toBe(2500)
})

test('the journal takes precedence while the row is behind it', () => {
  expect(spanOf({ createdAt: at(0) }, false, { startedAt: 500 })).toEqual({ from: 500, to: undefined })
  expect(lengthOf(spanOf({ createdAt: at(0), startedAt: at(100) }, true, { finishedAt: 400 }))).toBe(300)
})

test('a run that ended without a start has no duration', () => {
  expect(lengthOf(spanOf({ createdAt: at(0), finishedAt: at(9) }, true))).toBeUndefined()
})
