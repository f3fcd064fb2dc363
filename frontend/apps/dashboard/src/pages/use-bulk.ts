// One change to many runs, one after the other, so that it can be watched and stopped.

import { useCallback, useRef, useState } from 'react'
import { CancelRunDocument, RetryRunDocument, toProblem } from '@flowmason/graphql'
import { api } from '../api.ts'

export type BulkKind = 'cancel' | 'retry'

export interface BulkJob {
  kind: BulkKind
  total: number
  done: number
  failed: readonly { run: string; message: string }[]
}

export interface Bulk {
  job: BulkJob | undefined
  start: (kind: BulkKind, runs: readonly string[]) => void
  /** After the run that is being changed. */
  stop: () => void
  forget: () => void
}

export function useBulk(onDone: () => void): Bulk {
  const [job, setJob] = useState<BulkJob>()
  const stopped = useRef(false)
  const start = useCallback(
    (kind: BulkKind, runs: readonly string[]) => {
      stopped.current = false
      setJob({ kind, total: runs.length, done: 0, failed: [] })
      void (async () => {
        let done = 0
        const failed: { run: string; message: string }[] = []
        for (const run of runs) {
          if (stopped.current) break
          const document = kind === 'cancel' ? CancelRunDocument : RetryRunDocument
          const { error } = await api.client.mutation(document as typeof CancelRunDocument, { input: { runId: run } })
          if (error) failed.push({ run, message: toProblem(error).message })
          done++
          setJob({ kind, total: runs.length, done, failed: [...failed] })
        }
        setJob({ kind, total: done, done, failed })
        onDone()
      })()
    },
    [onDone],
  )
  return { job, start, stop: () => (stopped.current = true), forget: () => setJob(undefined) }
}
