// One change to many runs: of a selection one after the other from here, of a filter as a job of the server, which
// goes on when the page is closed.

import { useCallback, useEffect, useRef, useState } from 'react'
import {
  CancelRunDocument,
  CancelRunsDocument,
  type OperationFragment,
  RetryRunDocument,
  RetryRunsDocument,
  type RunFilterInput,
  RunOperationDocument,
  StopRunOperationDocument,
  toProblem,
} from '@flowmason/graphql'
import { toast } from '@flowmason/ui/toast'
import { api } from '../api.ts'

export type BulkKind = 'cancel' | 'retry'

export interface BulkJob {
  kind: BulkKind
  /** Null while the server has not counted. */
  total: number | null
  /** Changed or refused. */
  done: number
  refused: number
  /** Why, of the first few; `run` is null where only the newest reason is known. */
  reasons: readonly { run: string | null; message: string }[]
  over: boolean
}

export interface Bulk {
  job: BulkJob | undefined
  start: (kind: BulkKind, runs: readonly string[]) => void
  startAll: (kind: BulkKind, filter: RunFilterInput) => void
  /** After the run that is being changed. */
  stop: () => void
  forget: () => void
}

const POLL_MS = 700
const REASONS = 3

const ofOperation = (of: OperationFragment): BulkJob => ({
  kind: of.kind === 'CANCEL' ? 'cancel' : 'retry',
  total: of.total ?? null,
  done: of.done + of.failed,
  refused: of.failed,
  reasons: of.lastError ? [{ run: null, message: of.lastError.message }] : [],
  over: of.status !== 'RUNNING',
})

export function useBulk(onDone: () => void): Bulk {
  const [job, setJob] = useState<BulkJob>()
  const stopped = useRef(false)
  const operation = useRef<string>(undefined)
  const here = useRef(true)
  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])

  const start = useCallback(
    (kind: BulkKind, runs: readonly string[]) => {
      stopped.current = false
      operation.current = undefined
      const begun: BulkJob = { kind, total: runs.length, done: 0, refused: 0, reasons: [], over: false }
      setJob(begun)
      void (async () => {
        let now = begun
        for (const run of runs) {
          if (stopped.current) break
          const document = kind === 'cancel' ? CancelRunDocument : RetryRunDocument
          const { error } = await api.client.mutation(document as typeof CancelRunDocument, { input: { runId: run } })
          now = { ...now, done: now.done + 1 }
          if (error) {
            const reasons = [...now.reasons, { run, message: toProblem(error).message }].slice(0, REASONS)
            now = { ...now, refused: now.refused + 1, reasons }
          }
          setJob(now)
        }
        setJob({ ...now, total: now.done, over: true })
        onDone()
      })()
    },
    [onDone],
  )

  const startAll = useCallback(
    (kind: BulkKind, filter: RunFilterInput) => {
      void (async () => {
        const { data, error } =
          kind === 'cancel'
            ? await api.client.mutation(CancelRunsDocument, { input: { filter } })
            : await api.client.mutation(RetryRunsDocument, { input: { filter, from: 'START' } })
        const begun = data && ('cancelRuns' in data ? data.cancelRuns : data.retryRuns).operation
        if (!begun) {
          toast.error(error ? toProblem(error).message : 'The server did not answer.')
          return
        }
        operation.current = begun.id
        setJob(ofOperation(begun))
        let over = begun.status !== 'RUNNING'
        while (!over && here.current && operation.current === begun.id) {
          await new Promise((resolve) => setTimeout(resolve, POLL_MS))
          const answer = await api.client.query(
            RunOperationDocument,
            { id: begun.id },
            { requestPolicy: 'network-only' },
          )
          // A server that is away for a moment is asked again.
          if (!answer.data) continue
          const now = ofOperation(answer.data.runOperation)
          setJob(now)
          over = now.over
        }
        if (over) onDone()
      })()
    },
    [onDone],
  )

  const stop = useCallback(() => {
    stopped.current = true
    if (operation.current !== undefined)
      void api.client.mutation(StopRunOperationDocument, { input: { id: operation.current } })
  }, [])
  return { job, start, startAll, stop, forget: () => setJob(undefined) }
}
