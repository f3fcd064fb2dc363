import { expect, test } from 'vitest'
import type { JournalEvent } from './journal.ts'
import { nextStep, stepsOf } from './playback.ts'

const at = (...times: number[]): JournalEvent[] =>
  times.map((ms, index) => ({ seq: index + 1, at: new Date(ms).toISOString(), type: 'x', stage: null, body: {} }))

test('playback steps from the first event to the last and ends there', () => {
  const events = at(0, 100, 200, 5000)
  const seen = []
  for (let step = nextStep(events, 0); step; step = nextStep(events, step.index)) seen.push(step)
  expect(seen).toEqual([
    { index: 1, waitMs: 100 },
    { index: 2, waitMs: 100 },
    { index: 3, waitMs: 700 },
  ])
})

test('simultaneous events are one step, so that a large run plays in bounded time', () => {
  expect(nextStep(at(0, 1, 2, 3, 4, 90), 0)).toEqual({ index: 4, waitMs: 40 })
  const many = at(...Array.from({ length: 20_000 }, () => 7))
  expect(nextStep(many, 0)).toEqual({ index: 19_999, waitMs: 40 })
})

test('an empty journal has no step', () => {
  expect(nextStep([], 0)).toBeUndefined()
  expect(nextStep(at(0), 0)).toBeUndefined()
})

test('a playback takes several seconds, however short the run was', () => {
  const length = (events: JournalEvent[]) => Math.round(stepsOf(events).reduce((sum, step) => sum + step.waitMs, 0))
  expect(length(at(0, 1, 2, 40, 43))).toBe(6000)
  expect(stepsOf(at(0, 1, 2, 40, 43)).map((step) => step.index)).toEqual([1, 2, 3, 4])
  expect(length(at(0, 10, 3010, 3100))).toBe(6000)
  const many = at(...Array.from({ length: 20_000 }, () => 7))
  expect(stepsOf(many)).toHaveLength(150)
  expect(stepsOf(many).at(-1)?.index).toBe(19_999)
})

test('a longer run is played at its own pace', () => {
  const events = at(...Array.from({ length: 20 }, (_, index) => index * 500))
  expect(stepsOf(events)[0]).toEqual({ index: 1, waitMs: 500 })
})
