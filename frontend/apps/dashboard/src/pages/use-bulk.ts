// One change to many runs, as a job of the server: it goes on when the page is closed, and a page that is opened
// meanwhile shows it.

import { useCallback, useEffect, useState } from 'react'
import {
  CancelRunsDocument,
  RetryRunsDocument,
  type RunFilterInput,
  RunOperationDocument,
  RunOperationsDocument,
  StopRunOperationDocument,
  toProblem,
} from '@flowmason/graphql'
import { toast } from '@flowmason/ui/toast'
import { api } from '../api.ts'
import { type BulkJob, type BulkKind, jobOf } from '../lib/bulk.ts'

export interface Bulk {
  job: BulkJob | undefined
  /** It was asked for and the server has not answered yet. */
  asking: boolean
  /** Whether the server took it. */
  start: (kind: BulkKind, filter: RunFilterInput) => Promise<boolean>
  /** What was changed stays so. */
  stop: () => void
  forget: () => void
}

const POLL_MS = 700

export function useBulk(onDone: () => void): Bulk {
  const [job, setJob] = useState<BulkJob>()
  const [asking, setAsking] = useState(false)

  useEffect(() => {
    let gone = false
    void api.client
      .query(RunOperationsDocument, {}, { requestPolicy: 'network-only' })
      .toPromise()
      .then(({ data }) => {
        const newest = data?.runOperations.edges[0]?.node
        if (!gone && newest?.status === 'RUNNING') setJob((before) => before ?? jobOf(newest))
      })
    return () => {
      gone = true
    }
  }, [])

  const followed = job?.state === 'running' ? job.id : undefined
  useEffect(() => {
    if (followed === undefined) return
    let gone = false
    let timer: ReturnType<typeof setTimeout>
    const look = async () => {
      const { data } = await api.client.query(RunOperationDocument, { id: followed }, { requestPolicy: 'network-only' })
      if (gone) return
      // A server that is away for a moment is asked again.
      if (data) {
        const now = jobOf(data.runOperation)
        setJob(now)
        if (now.state !== 'running') {
          onDone()
          return
        }
      }
      timer = setTimeout(() => void look(), POLL_MS)
    }
    timer = setTimeout(() => void look(), POLL_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [followed, onDone])

  const start = useCallback(async (kind: BulkKind, filter: RunFilterInput) => {
    setAsking(true)
    const { data, error } =
      kind === 'cancel'
        ? await api.client.mutation(CancelRunsDocument, { input: { filter } })
        : await api.client.mutation(RetryRunsDocument, { input: { filter, from: 'START' } })
    setAsking(false)
    const begun = data && ('cancelRuns' in data ? data.cancelRuns : data.retryRuns).operation
    if (begun) setJob(jobOf(begun))
    else toast.error(error ? toProblem(error).message : 'The server did not answer, so nothing was changed.')
    return Boolean(begun)
  }, [])

  const stop = useCallback(() => {
    if (followed !== undefined) void api.client.mutation(StopRunOperationDocument, { input: { id: followed } })
  }, [followed])
  return { job, asking, start, stop, forget: () => setJob(undefined) }
}
