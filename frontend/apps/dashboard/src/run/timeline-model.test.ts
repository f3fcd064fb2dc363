import { expect, test } from 'vitest'
import { type JournalEvent, applyEvents, emptyRun } from './journal.ts'
import { barsOf, cursorOf, longestPath, rowsOf, tickLabel, ticksOf } from './timeline-model.ts'

const at = (ms: number) => new Date(1_000_000 + ms).toISOString()
const events: JournalEvent[] = (
  [
    [0, 'run.started', null, {}],
    [10, 'stage.scheduled', 'a', {}],
    [30, 'stage.started', 'a', { attempt: 1 }],
    [130, 'stage.failed', 'a', { attempt: 1, final: false, error: { code: 'X', message: 'x' } }],
    [131, 'stage.retry_at', 'a', { attempt: 2, due: at(300) }],
    [300, 'stage.started', 'a', { attempt: 2 }],
    [400, 'stage.succeeded', 'a', { attempt: 2 }],
    [405, 'stage.started', 'each', { attempt: 1 }],
    [410, 'stage.started', 'each[0]/b', { attempt: 1 }],
    [500, 'stage.succeeded', 'each[0]/b', { attempt: 1 }],
    [510, 'stage.succeeded', 'each', { attempt: 1 }],
    [515, 'stage.started', 'c', { attempt: 1 }],
    [520, 'stage.skipped', 'd', {}],
  ] as const
).map(([ms, type, stage, body], index) => ({ seq: index + 1, at: at(ms), type, stage, body }))
const run = applyEvents(emptyRun, events)
const stage = (address: string) => {
  const found = run.stages.get(address)
  if (!found) throw new Error(`no ${address}`)
  return found
}

test('the bars of a stage are its wait, its attempts and the delays between them', () => {
  expect(barsOf(stage('a'), 1_000_600)).toEqual([
    { kind: 'queued', from: 1_000_010, to: 1_000_030 },
    { kind: 'retried', from: 1_000_030, to: 1_000_130 },
    { kind: 'waiting', from: 1_000_130, to: 1_000_300 },
    { kind: 'attempt', from: 1_000_300, to: 1_000_400 },
  ])
})

test('the bar of a running stage extends to now; a skipped one has no bar', () => {
  expect(barsOf(stage('c'), 1_000_600)).toEqual([{ kind: 'running', from: 1_000_515, to: 1_000_600 }])
  expect(barsOf(stage('d'), 1_000_600)).toEqual([])
})

test('inner rows follow their control stage and can be folded', () => {
  expect(rowsOf(run, () => false).map((row) => [row.address, row.depth])).toEqual([
    ['a', 0],
    ['each', 0],
    ['each[0]/b', 1],
    ['c', 0],
    ['d', 0],
  ])
  expect(rowsOf(run, () => true).map((row) => row.address)).toEqual(['a', 'each', 'c', 'd'])
})

test('the cursor is at now while live and at the chosen event otherwise', () => {
  expect(cursorOf(run, null, 1_000_000, 1_001_000, 1_000_600)).toBeCloseTo(0.6)
  expect(cursorOf(run, 7, 1_000_000, 1_001_000, 1_000_600)).toBeCloseTo(0.4)
  expect(cursorOf(run, 0, 1_000_000, 1_001_000, 1_005_000)).toBe(1)
})

test('the ticks are round and limited in number', () => {
  expect(ticksOf(6200, 4)).toEqual([0, 2000, 4000, 6000])
  expect(ticksOf(0, 4)).toEqual([0])
  for (const span of [7, 412, 65_000, 4_000_000, 90_000_000]) expect(ticksOf(span, 5).length).toBeLessThanOrEqual(6)
  expect([0, 500, 2000, 120_000, 7_200_000].map(tickLabel)).toEqual(['0 s', '500 ms', '2 s', '2 min', '2 h'])
})

test('the longest path follows the dependency that ended last', () => {
  const edges: Record<string, string[]> = { c: ['each', 'a'], each: ['a'] }
  expect(longestPath(run, (id) => edges[id] ?? [])).toEqual(['a', 'each', 'c'])
})

test('a cycle of dependencies does not hang the longest path', () => {
  expect(longestPath(run, (id) => (id === 'a' ? ['each'] : ['a'])).length).toBeLessThanOrEqual(3)
})
