import { expect, test } from 'vitest'
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { facesOf } from './faces.ts'
import { type JournalEvent, type RunState, applyEvents, emptyRun } from './journal.ts'
import { addressOf } from './selection.ts'
import { countStages, shownOf, shownStatus, withoutDuplicateSkips } from './shown.ts'
import { rowsOf } from './timeline-model.ts'

type Entry = [type: string, stage: string | null, body?: object]
const runOf = (...entries: Entry[]): RunState =>
  applyEvents(
    emptyRun,
    entries.map(([type, stage, body], index): JournalEvent => ({
      seq: index + 1,
      at: new Date(1_000_000 + index * 100).toISOString(),
      type,
      stage,
      body: body ?? {},
    })),
  )
const did = (...addresses: string[]): Entry[] =>
  addresses.flatMap((address): Entry[] => [
    ['stage.scheduled', address],
    ['stage.started', address],
    ['stage.succeeded', address],
  ])
const began = (address: string, body: object = {}): Entry[] => [
  ['stage.scheduled', address],
  ['stage.started', address, body],
]
const skip = (address: string, reason = 'branch'): Entry => ['stage.skipped', address, { reason }]

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'json_transform',
  kind: 'OPERATOR',
  dependsOn: [],
  branches: more.branch ? [more.branch] : [],
  ...more,
})
const control = (id: string, component: string, more: Partial<CanvasStage> = {}) =>
  stage(id, { component, kind: 'CONTROL_FLOW', ...more })

/** `both` is in two routes; in the first of them it follows `slow`. */
const routed = [
  control('r', 'router'),
  stage('slow', { parent: 'r', branch: 'route.a' }),
  stage('both', { parent: 'r', branch: 'route.a', branches: ['route.a', 'route.b'], dependsOn: ['slow'] }),
  stage('other', { parent: 'r', branch: 'default' }),
]
const faces = (plan: CanvasStage[], run: RunState) =>
  Object.fromEntries(Object.entries(facesOf(plan, run, {})).map(([id, face]) => [id, face.status]))

test('a stage of two routes counts once: as run if one of them ran it', () => {
  const run = runOf(
    ...began('r'),
    skip('r/route.b/both'),
    skip('r/default/other'),
    ...did('r/route.a/slow', 'r/route.a/both'),
    ['stage.succeeded', 'r'],
    ['run.finished', null, { status: 'succeeded' }],
  )
  expect(withoutDuplicateSkips(run.stages.values()).map((state) => state.address)).not.toContain('r/route.b/both')
  expect(countStages(shownOf(routed, run))).toEqual({ ran: 3, skipped: 1, reused: 0, notStarted: 0 })
  expect(facesOf(routed, run, {})['both']).toEqual({ status: 'succeeded', figure: '100 ms' })
  expect(rowsOf(run, () => false).map((row) => row.address)).toEqual(['r', 'r/route.a/slow', 'r/route.a/both'])
})

test('a stage of two routes counts as skipped once if none ran it', () => {
  const run = runOf(
    ...began('r'),
    skip('r/route.a/slow'),
    skip('r/route.a/both'),
    skip('r/route.b/both'),
    ...did('r/default/other'),
    ['stage.succeeded', 'r'],
    ['run.finished', null, { status: 'succeeded' }],
  )
  expect(countStages(shownOf(routed, run))).toEqual({ ran: 2, skipped: 2, reused: 0, notStarted: 0 })
  expect(facesOf(routed, run, {})['both']).toEqual({ status: 'skipped', figure: 'skipped' })
})

test('the same applies to a stage in both try and catch, and to each item separately', () => {
  const twice = runOf(...did('t/try/x'), skip('t/catch/x', 'not_needed'))
  expect(withoutDuplicateSkips(twice.stages.values()).map((state) => state.address)).toEqual(['t/try/x'])
  const items = runOf(
    skip('each[0]/r/route.a/x'),
    ...did('each[0]/r/route.b/x'),
    skip('each[1]/r/route.a/x'),
    skip('each[1]/r/route.b/x'),
  )
  expect(withoutDuplicateSkips(items.stages.values()).map((state) => state.address)).toEqual([
    'each[0]/r/route.b/x',
    'each[1]/r/route.a/x',
  ])
})

test('a stage that another route may still reach is not skipped while the run is in progress', () => {
  const open = runOf(...began('r'), skip('r/route.b/both'), skip('r/default/other'), ...began('r/route.a/slow'))
  expect(faces(routed, open)).toEqual({ r: 'running', slow: 'running', both: 'idle', other: 'skipped' })
  expect(addressOf(open, 'both', routed)).toBe('both')
  expect(addressOf(open, 'other', routed)).toBe('r/default/other')
})

test('a stage that another item may still reach is not skipped until all items have ended', () => {
  const plan = [
    control('each', 'foreach'),
    control('r', 'router', { parent: 'each', branch: 'loop' }),
    stage('x', { parent: 'r', branch: 'route.a' }),
  ]
  const first: Entry[] = [...began('each', { items: 2 }), ...began('each[0]/r'), skip('each[0]/r/route.a/x')]
  expect(faces(plan, runOf(...first))['x']).toBe('idle')
  const rest: Entry[] = [['stage.succeeded', 'each[0]/r'], ...began('each[1]/r'), skip('each[1]/r/route.a/x')]
  expect(faces(plan, runOf(...first, ...rest))['x']).toBe('skipped')
})

test('a stage that had not begun when the run ended is shown as not started everywhere', () => {
  const plan = [
    control('each', 'foreach'),
    stage('x', { parent: 'each', branch: 'loop' }),
    stage('late', { dependsOn: ['each'] }),
  ]
  const error = { code: 'TIMEOUT', message: 'late' }
  const run = runOf(
    ...began('each', { attempt: 1, items: 1 }),
    ...began('each[0]/x', { attempt: 1 }),
    ['stage.failed', 'each[0]/x', { attempt: 1, error }],
    ['stage.failed', 'each', { attempt: 1, final: false, error }],
    ['stage.started', 'each', { attempt: 2, items: 1 }],
    ['run.finished', null, { status: 'cancelled' }],
  )
  const inner = run.stages.get('each[0]/x')
  expect([inner?.status, inner?.skipReason]).toEqual(['skipped', 'run_ended'])
  expect(inner && shownStatus(inner)).toBe('idle')
  expect(faces(plan, run)).toEqual({ each: 'cancelled', x: 'idle', late: 'idle' })
  expect(countStages(shownOf(plan, run))).toEqual({ ran: 1, skipped: 0, reused: 0, notStarted: 2 })
})

test('items that a loop did not reach have not started', () => {
  const plan = [control('each', 'foreach'), stage('x', { parent: 'each', branch: 'loop' })]
  const error = { code: 'TIMEOUT', message: 'late' }
  const run = runOf(
    ...began('each', { items: 3 }),
    ...began('each[0]/x'),
    ['stage.failed', 'each[0]/x', { error }],
    ['stage.failed', 'each', { error }],
  )
  expect(facesOf(plan, run, {})['each']).toMatchObject({ figure: '1 / 3', cells: ['failed', 'idle', 'idle'] })
})
