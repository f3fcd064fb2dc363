import { expect, test } from 'vitest'
import type { RunRowFragment } from '@flowmason/graphql'
import { belongs, fromView, toFilter, toView, turned } from './run-filter.ts'
import { readSearch, spanOf } from './run-search.ts'

const NOW = Date.parse('2026-11-28T10:30:45.500Z')

test('a URL becomes a filter, and unknown parameters are dropped', () => {
  const search = readSearch({
    q: 'refund',
    status: 'failed,NONSENSE,RUNNING',
    notPipeline: 'pipe_a,pipe_b',
    since: '24h',
    until: 'yesterday-ish',
    after: 'x',
  })
  expect(search).toEqual({ q: 'refund', status: 'RUNNING,FAILED', notPipeline: 'pipe_a,pipe_b', since: '24h' })
  expect(toFilter(search, NOW)).toEqual({
    text: 'refund',
    status: ['RUNNING', 'FAILED'],
    notPipelineIds: ['pipe_a', 'pipe_b'],
    since: '2026-11-27T10:30:00.000Z',
  })
})

test('without a condition there is no filter', () => {
  expect(toFilter(readSearch({ q: '  ', status: 'NOPE' }), NOW)).toBeNull()
})

test('the same filter gives the same query within a minute', () => {
  expect(toFilter({ since: '1h' }, NOW)).toEqual(toFilter({ since: '1h' }, NOW + 10_000))
})

test('a condition is inverted and restored', () => {
  const is = { q: 'a', status: 'FAILED' }
  expect(turned(is, 'status')).toEqual({ q: 'a', notStatus: 'FAILED' })
  expect(turned(turned(is, 'status'), 'status')).toEqual(is)
})

test('a saved view opens the filter that was saved', () => {
  const filter = {
    text: null,
    status: ['FAILED' as const],
    notStatus: [],
    pipelineIds: [],
    notPipelineIds: ['pipe_a'],
    environments: ['PRODUCTION' as const],
    since: '2026-11-01T00:00:00Z',
    until: null,
    lastSeconds: null,
  }
  expect(fromView({ id: 'v', name: 'Failed', filter })).toEqual({
    status: 'FAILED',
    notPipeline: 'pipe_a',
    environment: 'PRODUCTION',
    since: '2026-11-01T00:00:00Z',
  })
})

test.each(['1h', '24h', '7d', '30d', '90m', '36h', '45s'])(
  'a view keeps the last %s relative, and opens with the same filter',
  (since) => {
    const search = { status: 'FAILED', since }
    const filter = toView(search)
    expect(filter).toEqual({ status: ['FAILED'], lastSeconds: spanOf(since)?.seconds })
    const empty = { text: null, notStatus: [], pipelineIds: [], notPipelineIds: [], since: null, until: null }
    const view = { ...empty, environments: [], status: ['FAILED' as const], lastSeconds: filter.lastSeconds ?? null }
    expect(fromView({ id: 'v', name: 'Recent failures', filter: view })).toEqual(search)
  },
)

test('a view keeps a point in time', () => {
  expect(toView({ since: '2026-11-01T00:00:00Z', q: 'a' })).toEqual({ since: '2026-11-01T00:00:00.000Z', text: 'a' })
})

test.each(['0h', '-1h', '1y', 'h', '24', ''])('%j is not a span', (word) => {
  expect(spanOf(word)).toBeUndefined()
})

const run = {
  id: 'run_1',
  status: 'FAILED',
  createdAt: '2026-11-28T10:00:00Z',
  environment: 'STAGING',
  pipeline: { id: 'pipe_a', name: 'Crème brûlée' },
  startedBy: { kind: 'user', name: 'Ada' },
  error: { code: 'HTTP_STATUS', message: 'answered 503', stage: 'fetch' },
} as unknown as RunRowFragment

test.each([
  [{ text: 'creme BRULEE' }, true],
  [{ text: '503' }, true],
  [{ text: 'zebra' }, false],
  [{ status: ['FAILED' as const] }, true],
  [{ notStatus: ['FAILED' as const] }, false],
  [{ pipelineIds: ['pipe_b'] }, false],
  [{ notPipelineIds: ['pipe_b'] }, true],
  [{ environments: ['STAGING' as const, 'PRODUCTION' as const] }, true],
  [{ environments: ['DEVELOPMENT' as const] }, false],
  [{ since: '2026-11-28T10:00:00Z' }, true],
  [{ until: '2026-11-28T10:00:00Z' }, false],
])('a run from the feed matches %j: %s', (filter, expected) => {
  expect(belongs(run, filter)).toBe(expected)
})
