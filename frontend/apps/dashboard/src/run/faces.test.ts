import { expect, test } from 'vitest'
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { facesOf } from './faces.ts'
import { type JournalEvent, applyEvents, emptyRun } from './journal.ts'

const stages: CanvasStage[] = [
  { id: 'fetch', component: 'http_request', kind: 'OPERATOR', dependsOn: [], branches: [] },
  { id: 'each', component: 'foreach', kind: 'CONTROL_FLOW', dependsOn: ['fetch'], branches: [] },
  {
    id: 'mood',
    component: 'generator',
    kind: 'NODE',
    dependsOn: [],
    branches: ['loop'],
    parent: 'each',
    branch: 'loop',
  },
  { id: 'file', component: 'logger', kind: 'OPERATOR', dependsOn: ['each'], branches: [] },
]
function journal(...entries: [type: string, stage: string | null, body?: object][]): JournalEvent[] {
  return entries.map(([type, stage, body], index) => ({
    seq: index + 1,
    at: new Date(1_000_000 + index * 100).toISOString(),
    type,
    stage,
    body: body ?? {},
  }))
}
const events = journal(
  ['run.started', null],
  ['stage.started', 'fetch', { attempt: 1 }],
  ['stage.succeeded', 'fetch', { attempt: 1 }],
  ['stage.started', 'each', { attempt: 1 }],
  ['stage.started', 'each[0]/mood', { attempt: 1 }],
  ['stage.started', 'each[1]/mood', { attempt: 1 }],
  ['stage.succeeded', 'each[0]/mood', { attempt: 1 }],
  ['stage.failed', 'each[1]/mood', { attempt: 1, final: false, error: { code: 'X', message: 'x' } }],
  ['stage.started', 'each[1]/mood', { attempt: 2 }],
  ['stage.succeeded', 'each[1]/mood', { attempt: 2 }],
  ['stage.succeeded', 'each', { attempt: 1 }],
)
const facesAt = (n: number) => facesOf(stages, applyEvents(emptyRun, events.slice(0, n)), {})

test('a foreach shows how many of its items are done and one cell per item', () => {
  expect(facesAt(7)['each']).toEqual({ status: 'running', figure: '1 / 2', cells: ['succeeded', 'running'] })
})

test('an item that needed a retry is highlighted and counted', () => {
  expect(facesAt(11)['each']).toEqual({
    status: 'succeeded',
    figure: '2 / 2',
    cells: ['succeeded', 'waiting'],
    note: '1 retried once',
  })
})

test('an inner stage summarizes its runs', () => {
  expect(facesAt(7)['mood']).toEqual({ status: 'running', figure: '1 / 2' })
  expect(facesAt(11)['mood']).toEqual({ status: 'succeeded', figure: '2 / 2' })
})

test('a running stage counts up from its attempt, a finished one shows how long it took', () => {
  expect(facesAt(2)['fetch']).toEqual({ status: 'running', since: 1_000_100 })
  expect(facesAt(3)['fetch']).toEqual({ status: 'succeeded', figure: '100 ms' })
})

test('a stage that has not begun is idle', () => {
  expect(facesAt(7)['file']).toEqual({ status: 'idle' })
})

test('faces that did not change stay the same objects', () => {
  const before = facesAt(7)
  const after = facesOf(stages, applyEvents(emptyRun, events.slice(0, 8)), before)
  expect(after['fetch']).toBe(before['fetch'])
  expect(after['file']).toBe(before['file'])
  expect(after['mood']).not.toBe(before['mood'])
})

test('a loop with a known number of items shows those that have not begun', () => {
  const known = journal(
    ['run.started', null],
    ['stage.started', 'each', { attempt: 1, items: 5 }],
    ['stage.started', 'each[0]/mood', { attempt: 1 }],
    ['stage.succeeded', 'each[0]/mood', { attempt: 1 }],
    ['stage.started', 'each[1]/mood', { attempt: 1 }],
  )
  const at = (n: number) => facesOf(stages, applyEvents(emptyRun, known.slice(0, n)), {})['each']
  expect(at(2)).toEqual({ status: 'running', figure: '0 / 5' })
  expect(at(5)).toEqual({
    status: 'running',
    figure: '1 / 5',
    cells: ['succeeded', 'running', 'idle', 'idle', 'idle'],
  })
})

test('a reused stage is marked as reused, without its duration in the earlier run', () => {
  const run = applyEvents(
    emptyRun,
    journal(
      ['run.started', null, { reused: { run: 'run_1', through: 4, at: '2026-11-24T10:00:00Z' } }],
      ['stage.scheduled', 'fetch'],
      ['stage.started', 'fetch', { attempt: 1 }],
      ['stage.succeeded', 'fetch', { attempt: 1, output: 1 }],
      ['stage.started', 'file', { attempt: 1 }],
      ['stage.succeeded', 'file', { attempt: 1, output: 1 }],
    ),
  )
  const faces = facesOf(stages, run, {})
  expect(faces['fetch']).toEqual({ status: 'succeeded', figure: 'reused', word: 'reused from the earlier run' })
  expect(faces['file']?.figure).toBe('100 ms')
})

test('a stage whose output is pinned is marked as pinned', () => {
  const run = applyEvents(
    emptyRun,
    journal(
      ['run.started', null, { reused: { run: '', through: 1, at: '2026-11-24T10:00:00Z', pinned: ['fetch'] } }],
      ['stage.scheduled', 'fetch'],
      ['stage.succeeded', 'fetch', { attempt: 1, output: 1, taken_over: true }],
    ),
  )
  expect(facesOf(stages, run, {})['fetch']).toEqual({ status: 'succeeded', figure: 'pinned', word: 'pinned' })
})
