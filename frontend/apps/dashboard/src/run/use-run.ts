// The data of the run page: the run's row, and its journal, followed live.

import { startTransition, useEffect, useRef, useState } from 'react'
import { type ApiProblem, RunPageDocument, type RunPageQuery, followRun } from '@flowmason/graphql'
import { toStatus } from '@flowmason/ui'
import { api } from '../api.ts'
import { type Answer, useAnswer } from '../lib/use-answer.ts'
import { isOver } from './journal.ts'
import { type Reading, readingOf } from './reading.ts'
import { type LiveRun, createRunFeed } from './store.ts'

export interface RunOnScreen {
  page: Answer<RunPageQuery>
  live: LiveRun
  /** Set while the journal is behind the row; the page then shows the row. */
  reading: Reading | undefined
  /** Set if the subscription was refused. An interrupted connection is resumed automatically instead. */
  refused: ApiProblem | undefined
}

const RETRY_MS = 1000
/** More new events than this are rendered with low priority. */
const LARGE_JUMP = 200

/** Mounted once per run id (the page gives it a key). */
export function useRun(id: string): RunOnScreen {
  const page = useAnswer(RunPageDocument, { id })
  const [feed] = useState(createRunFeed)
  const [live, setLive] = useState(() => feed.store.getState())
  useEffect(
    () =>
      feed.store.subscribe((next, before) => {
        // Catching up with a long journal renders much at once; a transition keeps the page responsive.
        if (next.run.seq - before.run.seq > LARGE_JUMP) startTransition(() => setLive(next))
        else setLive(next)
      }),
    [feed],
  )
  const [refused, setRefused] = useState<ApiProblem>()
  const known = page.data !== undefined
  const lastSeq = useRef(0)
  useEffect(() => {
    lastSeq.current = page.data?.run.lastSeq ?? 0
  }, [page.data])

  useEffect(() => {
    if (!known) return
    let stop = () => {}
    let timer: ReturnType<typeof setTimeout> | undefined
    let gone = false
    const follow = () => {
      feed.expect(lastSeq.current)
      stop = followRun(api.socket, id, {
        after: feed.seq,
        message: (message) => {
          setRefused(undefined)
          feed.push(message)
        },
        complete: () => {
          // A server that shuts down also ends its streams; the run continues elsewhere or later.
          if (!gone && !isOver(feed.store.getState().run.status)) timer = setTimeout(followIfOpen, RETRY_MS)
        },
        error: (problem) => {
          setRefused({ ...problem })
          if (!gone) timer = setTimeout(followIfOpen, RETRY_MS * 3)
        },
      })
    }
    const followIfOpen = () => {
      if (!gone && !isOver(feed.store.getState().run.status)) follow()
    }
    follow()
    return () => {
      gone = true
      clearTimeout(timer)
      stop()
      feed.stop()
    }
  }, [id, known, feed])

  // The end of a run changes data that only the server has: the output, the totals, the possible actions.
  const over = isOver(live.run.status)
  const { refetch } = page
  const loaded = page.data && isOver(toStatus(page.data.run.status))
  /** Whether the data may be older than the end: the feeds of lists update the status in the cache, but only that. */
  const early = useRef(false)
  useEffect(() => {
    if (loaded === false) early.current = true
    if (!over || !early.current) return
    early.current = false
    refetch()
  }, [over, loaded, refetch])

  const row = page.data?.run
  const behind = row !== undefined && live.run.seq < row.lastSeq
  const [settled, setSettled] = useState(false)
  if (row && !behind && !settled) setSettled(true)
  const reported = row && { lastSeq: row.lastSeq, status: toStatus(row.status) }
  // run.finished is the last event of a journal: nothing follows, whatever the row says.
  const reading = over ? undefined : readingOf(reported, live.run.seq, settled)
  return { page, live, reading, refused }
}
