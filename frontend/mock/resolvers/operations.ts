// Bulk changes of runs.

import { setTimeout as sleep } from 'node:timers/promises'
import type { RunFilter } from '../filter.ts'
import { Problem, type StoredOperation, newId } from '../store.ts'
import { type Args, type Mock, connection } from './shared.ts'
import { matchingRuns } from './views.ts'

/** The time per run in milliseconds. */
const MS_PER_RUN = 80

export function operations({ store }: Mock) {
  const operationOf = (stored: StoredOperation) => {
    const ended = stored.stoppedAfter ?? stored.runs.length
    const looked = Math.min(ended, Math.floor((Date.now() - stored.createdAt) / MS_PER_RUN))
    const refused = stored.refused !== null && looked > 0 ? 1 : 0
    return {
      id: stored.id,
      kind: stored.kind,
      requestedBy: store.data.user.name,
      status: looked < ended ? 'RUNNING' : stored.stoppedAfter === null ? 'FINISHED' : 'STOPPED',
      total: stored.runs.length,
      done: looked - refused,
      failed: refused,
      lastError: refused > 0 ? { code: 'PIPELINE_DELETED', message: stored.refused } : null,
    }
  }
  const beginOperation = (kind: 'CANCEL' | 'RETRY', filter: RunFilter) => {
    const open = ['QUEUED', 'RUNNING', 'WAITING']
    const usual = filter.status?.includes('SUCCEEDED') ? ['SUCCEEDED', 'FAILED', 'CANCELLED'] : ['FAILED', 'CANCELLED']
    const states = kind === 'CANCEL' ? open : usual
    const runs = matchingRuns(store, filter).filter((run) => states.includes(run.status))
    let refused: string | null = null
    for (const { id } of runs) {
      const run = store.run(id)
      const pipeline = store.pipeline(run.pipelineId)
      if (kind === 'CANCEL') store.cancel(id)
      else if (pipeline.deletedAt) refused = `The pipeline ${pipeline.name} is deleted. Restore it to run it again.`
      else store.startRun(pipeline, run.version, run.input, id)
    }
    const made: StoredOperation = {
      id: newId('op'),
      kind,
      filter: { ...filter },
      runs: runs.map((run) => run.id),
      refused,
      createdAt: Date.now(),
      stoppedAfter: null,
    }
    ;(store.data.operations ??= []).push(made)
    store.save()
    return { operation: operationOf(made) }
  }
  const operation = (id: string) => {
    const found = store.data.operations?.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such operation.')
    return found
  }
  return {
    runOperation: ({ id }: { id: string }) => operationOf(operation(id)),
    runOperations: (args: Args) => connection((store.data.operations ?? []).toReversed().map(operationOf), args),
    cancelRuns: ({ input }: { input: { filter: RunFilter } }) => beginOperation('CANCEL', input.filter),
    retryRuns: ({ input }: { input: { filter: RunFilter } }) => beginOperation('RETRY', input.filter),
    stopRunOperation: ({ input }: { input: { id: string } }) => {
      const found = operation(input.id)
      const { status, done, failed } = operationOf(found)
      if (status === 'RUNNING') found.stoppedAfter = done + failed
      store.save()
      return { operation: operationOf(found) }
    },
    async *runOperationFeed() {
      const sent = new Map<string, string>()
      for (;;) {
        for (const each of store.data.operations ?? []) {
          const now = operationOf(each)
          const state = JSON.stringify(now)
          if (sent.get(each.id) !== state) yield { runOperationFeed: now }
          sent.set(each.id, state)
        }
        await sleep(MS_PER_RUN)
      }
    },
  }
}
