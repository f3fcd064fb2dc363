import { expect, test } from 'vitest'
import { type JournalEvent, applyEvents, emptyRun, hasResults, runAt } from './journal.ts'

let seq = 0
const start = Date.parse('2026-11-24T09:00:00Z')
/** Gives each event the next number and a time 100 ms later. */
function event(type: string, stage: string | null = null, body: object = {}): JournalEvent {
  seq += 1
  return { seq, at: new Date(start + seq * 100).toISOString(), type, stage, body }
}
function journal(...make: (() => JournalEvent)[]): JournalEvent[] {
  seq = 0
  return make.map((each) => each())
}
const usage = { calls: 1, prompt_tokens: 100, completion_tokens: 20, cost: 10_000 }

const whole = journal(
  () => event('run.started', null, { input: { a: 1 } }),
  () => event('stage.scheduled', 'fetch'),
  () => event('stage.started', 'fetch', { attempt: 1 }),
  () => event('stage.intent', 'fetch', { attempt: 1, key: 'k' }),
  () =>
    event('stage.failed', 'fetch', {
      attempt: 1,
      final: false,
      error: { code: 'HTTP_STATUS', message: '503' },
      logs: [],
    }),
  () => event('stage.retry_at', 'fetch', { attempt: 2, due: '2026-11-24T09:00:05Z' }),
  () => event('stage.started', 'fetch', { attempt: 2 }),
  () =>
    event('stage.succeeded', 'fetch', {
      attempt: 2,
      output: { body: 'ok' },
      usage,
      logs: [{ at: '2026-11-24T09:00:00.750Z', level: 'info', message: 'second try', data: { n: 2 } }],
    }),
  () => event('stage.scheduled', 'each[0]/mood'),
  () => event('stage.skipped', 'archive', { reason: 'not taken' }),
  () => event('stage.scheduled', 'pause'),
  () => event('stage.started', 'pause', { attempt: 1 }),
  () => event('wait.started', 'pause', { due: '2026-11-24T09:01:00Z' }),
  () => event('wait.ended', 'pause'),
  () => event('run.signal', null, { signal: 'cancel', by: 'Ada' }),
  () =>
    event('run.finished', null, { status: 'cancelled', output: null, error: { code: 'CANCELLED', message: 'by Ada' } }),
)
const upTo = (n: number) => applyEvents(emptyRun, whole.slice(0, n))
const status = (n: number, address: string) => upTo(n).stages.get(address)?.status

test('a stage goes from queued to running, waiting for a retry, running and succeeded', () => {
  expect([2, 3, 5, 6, 7, 8].map((n) => status(n, 'fetch'))).toEqual([
    'queued',
    'running',
    'waiting',
    'waiting',
    'running',
    'succeeded',
  ])
})

test('every attempt is kept with its error and the time of the next', () => {
  const attempts = upTo(8).stages.get('fetch')?.attempts ?? []
  expect(attempts.map((attempt) => [attempt.number, attempt.error?.code, attempt.retryAt])).toEqual([
    [1, 'HTTP_STATUS', Date.parse('2026-11-24T09:00:05Z')],
    [2, undefined, undefined],
  ])
  expect(attempts.every((attempt) => attempt.finishedAt !== undefined)).toBe(true)
})

test('success clears the error of an earlier attempt', () => {
  expect(upTo(5).stages.get('fetch')?.error?.code).toBe('HTTP_STATUS')
  expect(upTo(8).stages.get('fetch')?.error).toBeUndefined()
})

test('logs and usage are taken from the end event', () => {
  const run = upTo(8)
  expect(run.logs).toEqual([
    {
      at: Date.parse('2026-11-24T09:00:00.750Z'),
      level: 'info',
      message: 'second try',
      data: { n: 2 },
      address: 'fetch',
      seq: 8,
    },
  ])
  expect(run.usage).toEqual({ calls: 1, promptTokens: 100, completionTokens: 20, costUsd: 0.01 })
})

test('an unknown price makes the sum unknown, never 0', () => {
  const run = applyEvents(upTo(8), [
    { ...whole[7], seq: 9, stage: 'other', body: { attempt: 1, usage: { ...usage, cost: null } } } as JournalEvent,
  ])
  expect(run.usage.costUsd).toBeNull()
  expect(run.usage.calls).toBe(2)
})

test('tokens that are unknown in one call are unknown in the sum, never 0', () => {
  const run = applyEvents(upTo(8), [
    {
      ...whole[7],
      seq: 9,
      stage: 'other',
      body: { attempt: 1, usage: { ...usage, completion_tokens: null, cost: null } },
    } as JournalEvent,
  ])
  expect(run.usage).toEqual({ calls: 2, promptTokens: 200, completionTokens: null, costUsd: null })
})

test('a waiting stage has the time at which it continues', () => {
  expect(upTo(13).stages.get('pause')).toMatchObject({
    status: 'waiting',
    waitingUntil: Date.parse('2026-11-24T09:01:00Z'),
  })
  expect(upTo(14).stages.get('pause')?.status).toBe('running')
  expect(upTo(14).stages.get('pause')?.waitingUntil).toBeUndefined()
})

test('the end of the run ends stages in progress and leaves the others', () => {
  const run = upTo(16)
  expect(run).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' }, cancelling: false })
  expect(run.stages.get('pause')?.status).toBe('cancelled')
  expect(run.stages.get('each[0]/mood')?.status).toBe('cancelled')
  expect(run.stages.get('fetch')?.status).toBe('succeeded')
  expect(run.stages.get('archive')?.status).toBe('skipped')
  expect(upTo(15).cancelling).toBe(true)
})

test('known events are not applied twice', () => {
  const once = upTo(16)
  expect(applyEvents(once, whole)).toBe(once)
  const overlapping = applyEvents(upTo(8), whole.slice(4))
  expect(overlapping.seq).toBe(16)
  expect(overlapping.usage.calls).toBe(1)
  expect(overlapping.events).toHaveLength(16)
})

test('applying events one by one and all at once gives the same run', () => {
  const single = whole.reduce((run, each) => applyEvents(run, [each]), emptyRun)
  expect(single).toEqual(upTo(16))
})

test('looking back gives the earlier state of the run', () => {
  expect(runAt(upTo(16), 7)).toEqual(upTo(7))
})

test('the same attempt after a crash is still one attempt', () => {
  const again = [...whole.slice(0, 4), { ...whole[2], seq: 5 } as JournalEvent]
  expect(applyEvents(emptyRun, again).stages.get('fetch')?.attempts).toHaveLength(1)
})

test('an unchanged stage keeps its object, so that it is not rendered again', () => {
  const before = upTo(9)
  const after = applyEvents(before, whole.slice(9, 12))
  expect(after.stages.get('fetch')).toBe(before.stages.get('fetch'))
})

test('an event of a later version changes nothing that is shown', () => {
  const run = applyEvents(upTo(8), [
    { seq: 9, at: whole[8]?.at ?? '', type: 'stage.annotated', stage: 'fetch', body: null },
  ])
  expect(run.stages.get('fetch')).toEqual(upTo(8).stages.get('fetch'))
  expect(run.seq).toBe(9)
})

test('a run waits if a stage waits and none runs, not counting control stages', () => {
  const events = journal(
    () => event('run.started'),
    () => event('stage.started', 'each', { attempt: 1 }),
    () => event('stage.started', 'each[0]/pause', { attempt: 1 }),
    () => event('wait.started', 'each[0]/pause', { due: '2026-11-24T09:01:00Z' }),
    () => event('stage.started', 'other', { attempt: 1 }),
    () => event('stage.succeeded', 'other', { attempt: 1 }),
    () => event('wait.ended', 'each[0]/pause'),
  )
  const states = events.map((_, at) => applyEvents(emptyRun, events.slice(0, at + 1)).status)
  expect(states).toEqual(['running', 'running', 'running', 'waiting', 'running', 'waiting', 'running'])
})

test('a control stage that starts another attempt resets its inner stages, and skips those it no longer reaches', () => {
  const events = journal(
    () => event('stage.started', 'each', { attempt: 1, items: 2 }),
    () => event('stage.scheduled', 'each[0]/a'),
    () => event('stage.started', 'each[0]/a', { attempt: 1 }),
    () => event('stage.succeeded', 'each[0]/a', { attempt: 1, output: 1, usage }),
    () => event('stage.scheduled', 'each[1]/a'),
    () => event('stage.started', 'each[1]/a', { attempt: 1 }),
    () => event('stage.failed', 'each[1]/a', { attempt: 1, error: { code: 'TIMEOUT', message: 'late' } }),
    () => event('stage.failed', 'each', { attempt: 1, final: false, error: { code: 'TIMEOUT', message: 'late' } }),
    () => event('stage.retry_at', 'each', { attempt: 2, due: '2026-11-24T09:00:05Z' }),
    () => event('stage.started', 'each', { attempt: 2, items: 2 }),
    () => event('stage.scheduled', 'each[0]/a'),
    () => event('stage.started', 'each[0]/a', { attempt: 1 }),
    () => event('stage.failed', 'each[0]/a', { attempt: 1, error: { code: 'TIMEOUT', message: 'late' } }),
    () => event('stage.failed', 'each', { attempt: 2, final: true, error: { code: 'TIMEOUT', message: 'late' } }),
  )
  const again = applyEvents(emptyRun, events.slice(0, 10))
  const inner = again.stages.get('each[0]/a')
  expect([inner?.status, inner?.output, inner?.finishedAt]).toEqual(['queued', undefined, undefined])
  expect(again.stages.get('each[1]/a')?.error).toBeUndefined()
  const over = applyEvents(again, events.slice(10))
  const first = over.stages.get('each[0]/a')
  expect(first?.status).toBe('failed')
  expect(first?.attempts.map((attempt) => [attempt.number, attempt.error?.code])).toEqual([
    [1, undefined],
    [1, 'TIMEOUT'],
  ])
  expect(first?.usage?.calls).toBe(1)
  const second = over.stages.get('each[1]/a')
  expect([second?.status, second?.skipReason]).toEqual(['skipped', 'scope_failed'])
})

test('reused stages keep their times, and the run begins when it was requested', () => {
  const events = journal(
    () =>
      event('run.started', null, {
        input: {},
        reused: { run: 'run_1', through: 4, at: '2026-11-24T10:00:00Z' },
      }),
    () => event('stage.scheduled', 'a'),
    () => event('stage.started', 'a', { attempt: 1 }),
    () => event('stage.succeeded', 'a', { attempt: 1, output: 1 }),
    () => event('stage.scheduled', 'b'),
    () => event('stage.started', 'b', { attempt: 1 }),
  )
  const run = applyEvents(emptyRun, events)
  expect(run.startedAt).toBe(Date.parse('2026-11-24T10:00:00Z'))
  const [a, b] = [run.stages.get('a'), run.stages.get('b')]
  expect([a?.status, a?.reused, b?.status, b?.reused]).toEqual(['succeeded', true, 'running', undefined])
  expect(hasResults(run)).toBe(true)
})

test('a stage that did not change takes over the result of an earlier run', () => {
  const events = journal(
    () =>
      event('run.started', null, {
        input: {},
        reused: {
          run: 'run_1',
          through: 1,
          at: '2026-11-24T10:00:00Z',
          unchanged: { version: 'ver_1', outside: false },
        },
      }),
    () => event('stage.scheduled', 'a'),
    () => event('stage.started', 'a', { attempt: 1 }),
    () => event('stage.succeeded', 'a', { attempt: 1, output: 1, taken_over: true }),
    () => event('stage.scheduled', 'b'),
    () => event('stage.started', 'b', { attempt: 1 }),
    () => event('stage.succeeded', 'b', { attempt: 1, output: 2 }),
  )
  const run = applyEvents(emptyRun, events)
  expect(run.unchangedSince).toBe('run_1')
  const [a, b] = [run.stages.get('a'), run.stages.get('b')]
  expect([a?.status, a?.reused, b?.status, b?.reused]).toEqual(['succeeded', true, 'succeeded', undefined])
})

test('a stage whose output is pinned did not run, and is told from one that was reused', () => {
  const events = journal(
    () =>
      event('run.started', null, {
        input: {},
        reused: { run: 'run_1', through: 3, at: '2026-11-24T10:00:00Z', pinned: ['b'] },
      }),
    () => event('stage.scheduled', 'a'),
    () => event('stage.succeeded', 'a', { attempt: 1, output: 1 }),
    () => event('stage.scheduled', 'b'),
    () => event('stage.succeeded', 'b', { attempt: 1, output: 2, taken_over: true }),
  )
  const run = applyEvents(emptyRun, events)
  expect([run.stages.get('a')?.reused, run.stages.get('b')?.reused]).toEqual([true, 'pinned'])
})

test('a value that is too long for an event is described by its size', () => {
  const cut = { bytes: 70_002, mediaType: 'application/json', preview: '"zz' }
  const events = journal(
    () => event('run.started', null, { input: null, truncated: { input: cut } }),
    () => event('stage.started', 'a', { attempt: 1 }),
    () => event('stage.succeeded', 'a', { attempt: 1, output: null, truncated: { output: cut } }),
    () => event('run.finished', null, { status: 'succeeded', output: null, truncated: { output: cut } }),
  )
  const run = applyEvents(emptyRun, events)
  expect(run.inputCut).toEqual(cut)
  expect(run.outputCut).toEqual(cut)
  expect(run.stages.get('a')?.outputCut).toEqual(cut)
})
