import { expect, test } from 'vitest'
import { caughtBy, rootFailure, failuresOf, nextFailure } from './failures.ts'
import { type JournalEvent, applyEvents, emptyRun } from './journal.ts'

let seq = 0
const event = (type: string, stage: string | null, body: object = {}): JournalEvent => ({
  seq: ++seq,
  at: new Date(1_700_000_000_000 + seq * 10).toISOString(),
  type,
  stage,
  body,
})
const error = { code: 'X', message: 'no' }
const fail = (address: string) => [
  event('stage.started', address, { attempt: 1 }),
  event('stage.failed', address, { attempt: 1, error, final: true }),
]
const run = (...events: JournalEvent[]) => applyEvents(emptyRun, events)

test('the button and the key lead to the same first failure: the innermost one that made the run fail', () => {
  const state = run(
    event('run.started', null),
    event('stage.started', 'early', { attempt: 1 }),
    ...fail('early/try/side'),
    event('stage.succeeded', 'early', { output: 1 }),
    event('stage.started', 'each', { attempt: 1 }),
    ...fail('each[1]/call'),
    event('stage.failed', 'each', { attempt: 1, error, final: true }),
    event('run.finished', null, { status: 'failed', error: { ...error, stage: 'each' } }),
  )
  expect(rootFailure(state, 'each')?.address).toBe('each[1]/call')
  expect(nextFailure(state, 'each', null)).toBe('each[1]/call')
  expect(failuresOf(state, 'each').map((stage) => stage.address)).toEqual(['each[1]/call', 'early/try/side', 'each'])
  expect(nextFailure(state, 'each', 'each[1]/call')).toBe('early/try/side')
  expect(nextFailure(state, 'each', 'each')).toBe('each[1]/call')
})

test('a failure under a control stage that succeeded was caught by it', () => {
  const state = run(
    event('run.started', null),
    event('stage.started', 'guard', { attempt: 1 }),
    ...fail('guard/try/call'),
    event('stage.succeeded', 'guard', { output: 1 }),
    ...fail('alone'),
  )
  const [call, alone] = [state.stages.get('guard/try/call'), state.stages.get('alone')]
  if (!call || !alone) throw new Error('not folded')
  expect(caughtBy(state, call, () => 'trycatch')).toMatchObject({ caught: true, control: { stage: 'guard' } })
  expect(caughtBy(state, call, () => 'foreach')?.caught).toBe(false)
  expect(caughtBy(state, alone, () => undefined)).toBeUndefined()
})

test('a stage that ends the run as failed has not failed, and neither is a caught failure the reason', () => {
  const state = run(
    event('run.started', null),
    event('stage.started', 'guard', { attempt: 1 }),
    ...fail('guard/try/call'),
    event('stage.succeeded', 'guard', { output: 1 }),
    event('stage.succeeded', 'stop', { output: 1 }),
    event('run.finished', null, { status: 'failed', error: { ...error, stage: 'stop' } }),
  )
  expect(rootFailure(state, 'stop')).toBeUndefined()
  expect(failuresOf(state, 'stop').map((stage) => stage.address)).toEqual(['guard/try/call'])
})

test('without a failure there is no next failure', () => {
  expect(nextFailure(emptyRun, undefined, null)).toBeUndefined()
})
