// Which runs a bulk change affects, and its outcome in numbers and words.

import type { OperationFragment, RetryFrom, RunCountsQuery, RunFilterInput, RunStatus } from '@flowmason/graphql'
import { runStatuses } from './run-search.ts'
import { count } from './words.ts'

export type BulkKind = 'cancel' | 'retry'

/** The maximum number of selected runs: the server accepts no more ids at once. */
export const MAX_SELECTED = 200

const CHANGED: Record<BulkKind, readonly RunStatus[]> = {
  cancel: ['QUEUED', 'RUNNING', 'WAITING'],
  retry: ['FAILED', 'CANCELLED'],
}
const ENDED: readonly RunStatus[] = ['SUCCEEDED', 'FAILED', 'CANCELLED']

/** The states of the runs that are changed. Successful runs are repeated only if the filter names that state. */
export function changedStates(kind: BulkKind, filter: RunFilterInput | null): RunStatus[] {
  const named = filter?.status ?? []
  const all = kind === 'retry' && named.includes('SUCCEEDED') ? ENDED : CHANGED[kind]
  return all.filter((each) => (named.length === 0 || named.includes(each)) && !filter?.notStatus?.includes(each))
}

/** Runs that succeeded have no failed stage to start from. */
const hasFailedStage = (status: RunStatus) => status !== 'SUCCEEDED'

/** Whether runs of a filter can be started again from their failed stage. */
export const canContinue = (filter: RunFilterInput | null): boolean =>
  changedStates('retry', filter).some(hasFailedStage)

/** The filter of the runs that are started again from there. */
export const retryFilter = (filter: RunFilterInput | null, from: RetryFrom): RunFilterInput | null =>
  from === 'START' || !filter?.status
    ? filter
    : { ...filter, status: changedStates('retry', filter).filter(hasFailedStage) }

type Counts = RunCountsQuery['runCounts']

/** How many of the counted runs would be changed. */
export function changedCount(kind: BulkKind, filter: RunFilterInput | null, counts: Counts): number {
  const of: Record<RunStatus, number> = {
    QUEUED: counts.queued,
    RUNNING: counts.running,
    WAITING: counts.waiting,
    SUCCEEDED: counts.succeeded,
    FAILED: counts.failed,
    CANCELLED: counts.cancelled,
  }
  return changedStates(kind, filter).reduce((sum, each) => sum + of[each], 0)
}

/** The filter of a selection; only those of its runs are changed that can be. */
export const ofSelection = (kind: BulkKind, ids: readonly string[], from: RetryFrom = 'START'): RunFilterInput => ({
  ids: [...ids],
  ...(kind === 'retry'
    ? { status: runStatuses.filter((each) => ENDED.includes(each) && (from === 'START' || hasFailedStage(each))) }
    : {}),
})

export interface BulkJob {
  id: string
  kind: BulkKind
  /** Null while the server has not counted. */
  total: number | null
  changed: number
  refused: number
  /** Why the last refused run was refused, or why the whole job ended early. */
  reason: string | undefined
  state: 'running' | 'finished' | 'stopped' | 'failed'
  /** The person who requested it. */
  by: string
}

export interface Viewer {
  user?: { name: string } | null
  permissions: readonly string[]
}

export const isOf = (viewer: Viewer, { by }: { by: string }): boolean => viewer.user?.name === by

/**
 * The running change that a newly opened page shows: the newest of one's own, or of anyone's for those who may see all
 * jobs.
 */
export const shownOf = (operations: readonly OperationFragment[], viewer: Viewer): OperationFragment | undefined =>
  operations.find(
    ({ status, requestedBy }) =>
      status === 'RUNNING' && (isOf(viewer, { by: requestedBy }) || viewer.permissions.includes('job.read')),
  )

/** The server's rule: stopping a change requires the right to cancel runs and the right to make the change itself. */
export const mayStop = (kind: BulkKind, permissions: readonly string[]): boolean =>
  permissions.includes('run.cancel') && (kind === 'cancel' || permissions.includes('run.start'))

const STATES: Record<OperationFragment['status'], BulkJob['state']> = {
  RUNNING: 'running',
  FINISHED: 'finished',
  STOPPED: 'stopped',
  FAILED: 'failed',
}

export const jobOf = (of: OperationFragment): BulkJob => ({
  id: of.id,
  kind: of.kind === 'CANCEL' ? 'cancel' : 'retry',
  total: of.total ?? null,
  changed: of.done,
  refused: of.failed,
  reason: of.lastError?.message,
  state: STATES[of.status],
  by: of.requestedBy,
})

const doing: Record<BulkKind, string> = { cancel: 'Cancelling', retry: 'Starting again' }
const did: Record<BulkKind, string> = { cancel: 'cancelled', retry: 'started again' }

/** `Cancelling: 40 of 120`, `118 runs started again, 2 refused.` */
export function jobWords({ kind, state, total, changed, refused }: BulkJob): string {
  const looked = changed + refused
  if (state === 'running') {
    const of = total === null ? looked.toLocaleString('en') : `${looked.toLocaleString('en')} of ${count(total, 'run')}`
    return `${doing[kind]}: ${of}`
  }
  const result = `${count(changed, 'run')} ${did[kind]}${refused > 0 ? `, ${refused.toLocaleString('en')} refused` : ''}.`
  if (state === 'stopped') return `Stopped. ${result}`
  return state === 'failed' ? `Ended early. ${result}` : result
}
