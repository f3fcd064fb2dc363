import { expect, test } from 'vitest'
import type { JournalEvent } from './journal.ts'
import { nextStep } from './playback.ts'

const at = (...times: number[]): JournalEvent[] =>
  times.map((ms, index) => ({ seq: index + 1, at: new Date(ms).toISOString(), type: 'x', stage: null, body: {} }))

test('playback walks from the first event to the last and ends there', () => {
  const events = at(0, 100, 200, 5000)
  const seen = []
  for (let step = nextStep(events, 0); step; step = nextStep(events, step.index)) seen.push(step)
  expect(seen).toEqual([
    { index: 1, waitMs: 100 },
    { index: 2, waitMs: 100 },
    { index: 3, waitMs: 700 },
  ])
})

test('events of one moment are one step, so that a large run plays in bounded time', () => {
  expect(nextStep(at(0, 1, 2, 3, 4, 90), 0)).toEqual({ index: 4, waitMs: 40 })
  const many = at(...Array.from({ length: 20_000 }, () => 7))
  expect(nextStep(many, 0)).toEqual({ index: 19_999, waitMs: 40 })
})

test('an empty journal has no step', () => {
  expect(nextStep([], 0)).toBeUndefined()
  expect(nextStep(at(0), 0)).toBeUndefined()
})
