import { expect, test } from 'vitest'
import type { OperationFragment, RunFilterInput } from '@flowmason/graphql'
import {
  canContinue,
  changedCount,
  changedStates,
  jobOf,
  jobWords,
  mayStop,
  ofSelection,
  retryFilter,
  shownOf,
} from './bulk.ts'

test.each<[string, RunFilterInput | null, string[], string[]]>([
  ['everything', null, ['QUEUED', 'RUNNING', 'WAITING'], ['FAILED', 'CANCELLED']],
  ['what did not fail', { notStatus: ['FAILED'] }, ['QUEUED', 'RUNNING', 'WAITING'], ['CANCELLED']],
  ['what succeeded', { status: ['SUCCEEDED'] }, [], ['SUCCEEDED']],
  ['running or succeeded', { status: ['RUNNING', 'SUCCEEDED'] }, ['RUNNING'], ['SUCCEEDED']],
])('of %s, only runs that can be changed are changed', (_, filter, cancelled, retried) => {
  expect(changedStates('cancel', filter)).toEqual(cancelled)
  expect(changedStates('retry', filter)).toEqual(retried)
})

test('the count covers exactly the runs that are changed', () => {
  const states = { queued: 1, running: 2, waiting: 4, succeeded: 8, failed: 16, cancelled: 32 }
  const counts = { ...states, total: 63, complete: true }
  expect(changedCount('cancel', null, counts)).toBe(7)
  expect(changedCount('retry', null, counts)).toBe(48)
  expect(changedCount('retry', { status: ['SUCCEEDED', 'FAILED'] }, counts)).toBe(24)
})

test('a selection to start again may contain successful runs', () => {
  expect(ofSelection('retry', ['a'])).toEqual({ ids: ['a'], status: ['SUCCEEDED', 'FAILED', 'CANCELLED'] })
  expect(ofSelection('cancel', ['a', 'b'])).toEqual({ ids: ['a', 'b'] })
})

test('only runs with a failed stage are started again from there', () => {
  expect(ofSelection('retry', ['a'], 'FAILED_STAGE')).toEqual({ ids: ['a'], status: ['FAILED', 'CANCELLED'] })
  const named: RunFilterInput = { status: ['SUCCEEDED', 'FAILED'] }
  expect(retryFilter(named, 'FAILED_STAGE')).toEqual({ status: ['FAILED'] })
  expect(retryFilter(named, 'START')).toBe(named)
  expect(retryFilter(null, 'FAILED_STAGE')).toBeNull()
  expect(canContinue(null)).toBe(true)
  expect(canContinue({ status: ['SUCCEEDED'] })).toBe(false)
})

const operation: OperationFragment = {
  id: 'op',
  kind: 'RETRY',
  status: 'RUNNING',
  total: 1200,
  done: 40,
  failed: 2,
  lastError: { code: 'PIPELINE_DELETED', message: 'The pipeline is deleted.' },
  requestedBy: 'Ada',
}

test.each<[Partial<OperationFragment>, string]>([
  [{}, 'Starting again: 42 of 1,200 runs'],
  [{ total: null, kind: 'CANCEL' }, 'Cancelling: 42'],
  [{ status: 'FINISHED', done: 1, failed: 0 }, '1 run started again.'],
  [{ status: 'FINISHED' }, '40 runs started again, 2 refused.'],
  [{ status: 'STOPPED', failed: 0 }, 'Stopped. 40 runs started again.'],
  [{ status: 'FAILED', kind: 'CANCEL', failed: 0 }, 'Ended early. 40 runs cancelled.'],
])('an operation with %j is described as %s', (change, words) => {
  expect(jobWords(jobOf({ ...operation, ...change }))).toBe(words)
})

test('a page shows the newest running change: one’s own, or anyone’s for users who may see all jobs', () => {
  const all = [
    { ...operation, id: 'ended', status: 'FINISHED' as const },
    { ...operation, id: 'bens', requestedBy: 'Ben' },
    { ...operation, id: 'adas' },
  ]
  const shown = (name: string, permissions: string[]) => shownOf(all, { user: { name }, permissions })?.id
  expect(shown('Ada', ['run.cancel'])).toBe('adas')
  expect(shown('Cleo', ['run.cancel'])).toBeUndefined()
  expect(shown('Cleo', ['run.cancel', 'job.read'])).toBe('bens')
})

test('stopping a change requires the right to cancel runs and the right to make the change', () => {
  expect(mayStop('cancel', ['run.cancel'])).toBe(true)
  expect(mayStop('retry', ['run.cancel'])).toBe(false)
  expect(mayStop('retry', ['run.cancel', 'run.start'])).toBe(true)
  expect(mayStop('cancel', ['run.start'])).toBe(false)
})
