// A bulk change of runs, done by a job on the server: it continues when the page is closed, and other pages show it.
// The server pushes progress; there is no polling.

import { useCallback, useEffect, useState } from 'react'
import {
  type ApiProblem,
  CancelRunsDocument,
  type OperationFragment,
  type RetryFrom,
  RetryRunsDocument,
  type RunFilterInput,
  RunOperationDocument,
  RunOperationFeedDocument,
  RunOperationsDocument,
  StopRunOperationDocument,
  toProblem,
  useLink,
} from '@flowmason/graphql'
import { toast } from '@flowmason/ui/toast'
import { api } from '../api.ts'
import { type BulkJob, type BulkKind, type Viewer, isOf, jobOf, mayStop, shownOf } from '../lib/bulk.ts'
import { useChange } from '../lib/use-change.ts'

export interface Bulk {
  job: BulkJob | undefined
  /** Whether somebody else requested it. */
  others: boolean
  /** Why the progress is unknown. */
  lost: ApiProblem | undefined
  /** Whether a request is in flight. */
  asking: boolean
  /** Whether the server accepted it. */
  start: (kind: BulkKind, filter: RunFilterInput, from?: RetryFrom) => Promise<boolean>
  /** Stops the job; runs already changed stay changed. Absent without the permission. */
  stop: (() => void) | undefined
  forget: () => void
}

const fresh = { requestPolicy: 'network-only' } as const

export function useBulk(viewer: Viewer | undefined, onDone: () => void): Bulk {
  const [job, setJob] = useState<BulkJob>()
  const [lost, setLost] = useState<ApiProblem>()
  const [asking, setAsking] = useState(false)

  useEffect(() => {
    // Operations are a right in the organization, also for whoever sees some of its runs.
    if (!viewer?.permissions.includes('run.read')) return
    let gone = false
    void api.client
      .query(RunOperationsDocument, {}, fresh)
      .toPromise()
      .then(({ data }) => {
        const found = shownOf(data?.runOperations.edges.map((edge) => edge.node) ?? [], viewer)
        if (!gone && found) setJob((before) => before ?? jobOf(found))
      })
    return () => {
      gone = true
    }
  }, [viewer])

  const followed = job?.state === 'running' && !lost ? job.id : undefined
  useEffect(() => {
    if (followed === undefined) return
    const take = (operation: OperationFragment) => {
      if (operation.id !== followed) return
      setJob(jobOf(operation))
      if (operation.status !== 'RUNNING') onDone()
    }
    const live = api.client.subscription(RunOperationFeedDocument, {}).subscribe(({ data, error }) => {
      if (data) take(data.runOperationFeed)
      else if (error) setLost(toProblem(error))
    })
    let gone = false
    /** Catches up on progress from before the subscription, or during an interruption. */
    const look = async () => {
      const { data, error } = await api.client.query(RunOperationDocument, { id: followed }, fresh)
      if (gone) return
      if (data) take(data.runOperation)
      // After a short interruption the subscription resumes.
      else if (error && toProblem(error).code !== 'OFFLINE') setLost(toProblem(error))
    }
    void look()
    const again = useLink.subscribe((link, before) => {
      if (link.state === 'live' && before.state === 'reconnecting') void look()
    })
    return () => {
      gone = true
      again()
      live.unsubscribe()
    }
  }, [followed, onDone])

  const start = useCallback(async (kind: BulkKind, filter: RunFilterInput, from: RetryFrom = 'START') => {
    setAsking(true)
    const { data, error } =
      kind === 'cancel'
        ? await api.client.mutation(CancelRunsDocument, { input: { filter } })
        : await api.client.mutation(RetryRunsDocument, { input: { filter, from } })
    setAsking(false)
    const begun = data && ('cancelRuns' in data ? data.cancelRuns : data.retryRuns).operation
    if (begun) {
      setLost(undefined)
      setJob(jobOf(begun))
    } else toast.error(error ? toProblem(error).message : 'The server did not respond, so nothing was changed.')
    return Boolean(begun)
  }, [])

  const { run: stopIt } = useChange(StopRunOperationDocument)
  const stop = async () => {
    if (followed === undefined) return
    const done = await stopIt({ input: { id: followed } })
    if (!done) return
    setJob(jobOf(done.stopRunOperation.operation))
    onDone()
  }
  return {
    job,
    others: job !== undefined && viewer !== undefined && !isOf(viewer, job),
    lost,
    asking,
    start,
    stop: job && mayStop(job.kind, viewer?.permissions ?? []) ? () => void stop() : undefined,
    forget: () => {
      setJob(undefined)
      setLost(undefined)
    },
  }
}
