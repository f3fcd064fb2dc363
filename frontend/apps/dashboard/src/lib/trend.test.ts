import { expect, test } from 'vitest'
import { type Bucket, partsOf, pathsOf, percent, scaleOf, sumsOf } from './trend.ts'

const bucket = (succeeded: number, failed = 0, cancelled = 0, open = 0): Bucket => ({
  start: '2026-11-28T00:00:00Z',
  succeeded,
  failed,
  cancelled,
  open,
  p50Ms: null,
  p95Ms: null,
})

test('the success rate counts succeeded and failed runs only', () => {
  expect(sumsOf([bucket(6, 2, 5, 9), bucket(0)])).toEqual({
    total: 22,
    succeeded: 6,
    failed: 2,
    cancelled: 5,
    open: 9,
    share: 0.75,
  })
  expect(sumsOf([bucket(0, 0, 3)]).share).toBeUndefined()
})

test('a rate is never rounded to 0% or 100%', () => {
  expect([1, 0.99999, 0.5, 0.00001, 0].map(percent)).toEqual(['100%', '99.9%', '50%', '0.1%', '0%'])
})

test.each([
  [0, 1],
  [1, 1],
  [3, 5],
  [7, 10],
  [10, 10],
  [11, 20],
  [49, 50],
  [501, 1000],
])('a scale for %i runs ends at %i', (most, end) => {
  expect(scaleOf([bucket(most)])).toBe(end)
})

test('the parts of a bar are stacked without gaps, failures on top', () => {
  expect(partsOf(bucket(2, 1, 1), 10)).toEqual([
    { kind: 'succeeded', from: 0, to: 20 },
    { kind: 'cancelled', from: 20, to: 30 },
    { kind: 'failed', from: 30, to: 40 },
  ])
  expect(partsOf(bucket(0), 10)).toEqual([])
})

test('a single failure is visible, and no bar exceeds the scale', () => {
  expect(partsOf(bucket(9999, 1), 10_000)).toEqual([
    { kind: 'succeeded', from: 0, to: 98 },
    { kind: 'failed', from: 98, to: 100 },
  ])
})

test('all bars of a kind are one path', () => {
  const paths = pathsOf([bucket(1), bucket(0), bucket(1, 1)], 2)
  expect(paths.succeeded.match(/M/g)).toHaveLength(2)
  expect(paths.failed).toMatch(/^M2\.09 0h0\.82V50h-0\.82z$/)
  expect(paths.open).toBe('')
})
