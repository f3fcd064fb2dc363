// The run whose results the editor shows: its row, and its journal, followed live. It stays shown while the connection
// is cut, and goes on where it was when it is back.

import { type StoreApi, createStore } from 'zustand/vanilla'
import { type ApiProblem, followRun, toProblem } from '@flowmason/graphql'
import { RunResultsDocument, type RunResultsQuery } from '@flowmason/graphql/editing'
import { type Status, toStatus } from '@flowmason/ui'
import { api } from '../../api.ts'
import { isTemporary } from '../../lib/request.ts'
import { isOver } from '../../run/journal.ts'
import type { LiveRun, RunFeed } from '../../run/store.ts'
import { type RunParts, loadRunParts } from './run-parts.ts'

export type ResultRow = RunResultsQuery['run']

/** What is asked of the server. */
export interface ResultsLink {
  read: (run: string) => Promise<{ data: ResultRow } | { problem: ApiProblem }>
  follow: typeof follow
}

export interface ShownResults {
  /** The id of the run; undefined if no results are shown. */
  id: string | undefined
  row: ResultRow | undefined
  /** What the journal says; undefined until it is read up to what the row says. */
  live: LiveRun | undefined
  /** Why there is nothing to show. */
  problem: ApiProblem | undefined
  parts: RunParts | undefined
}

const NOTHING: ShownResults = { id: undefined, row: undefined, live: undefined, problem: undefined, parts: undefined }
const RETRY_MS = 2500
const FOLLOW_AGAIN_MS = 1000

const follow = (run: string, follower: Parameters<typeof followRun>[2]) => followRun(api.socket, run, follower)

const serverLink: ResultsLink = {
  read: async (run) => {
    const { data, error } = await api.plain.query(RunResultsDocument, { id: run }).toPromise()
    if (data) return { data: data.run }
    return {
      problem: error ? toProblem(error) : { code: 'NOT_FOUND', message: 'The server has no such run.' },
    }
  },
  follow,
}

/** The state of the run that is shown: that of the journal once it is read, which may be ahead of the row. */
export function statusOfResults({ row, live }: Pick<ShownResults, 'row' | 'live'>): Status {
  if (live && live.run.seq > 0) return live.run.status
  return row ? toStatus(row.status) : 'idle'
}

export class DraftResults {
  readonly store: StoreApi<ShownResults>
  private readonly pipelineId: string
  private readonly link: ResultsLink
  private readonly load: () => Promise<RunParts>
  /** Ends what goes on for the run that is shown. */
  private end = () => {}

  constructor(pipelineId: string, link: ResultsLink = serverLink, load: () => Promise<RunParts> = loadRunParts) {
    this.pipelineId = pipelineId
    this.link = link
    this.load = load
    this.store = createStore<ShownResults>(() => NOTHING)
  }

  /** Shows the run that was shown before the page was reloaded. */
  readonly open = () => {
    const kept = readKept(this.pipelineId)
    if (kept !== undefined) this.show(kept)
  }

  readonly close = () => this.end()

  readonly clear = () => {
    this.end()
    keep(this.pipelineId, undefined)
    this.store.setState(NOTHING)
  }

  readonly show = (id: string) => {
    this.end()
    keep(this.pipelineId, id)
    this.store.setState({ ...NOTHING, id })
    let gone = false
    let feed: RunFeed | undefined
    let unfollow = () => {}
    let unsubscribe = () => {}
    let timer: ReturnType<typeof setTimeout> | undefined
    const later = (ms: number, run: () => void) => {
      clearTimeout(timer)
      timer = setTimeout(run, ms)
    }
    this.end = () => {
      gone = true
      clearTimeout(timer)
      unfollow()
      unsubscribe()
      feed?.stop()
    }
    const read = async () => {
      const [answer, parts] = await Promise.all([this.link.read(id), this.load()])
      if (gone) return
      if ('problem' in answer) {
        this.store.setState({ problem: answer.problem })
        // Like that of a draft that cannot be opened, it is asked for again.
        if (isTemporary(answer.problem.code)) later(RETRY_MS, () => void read())
        return
      }
      if (answer.data.pipeline.id !== this.pipelineId) {
        this.store.setState({ problem: { code: 'NOT_FOUND', message: 'That run is of another pipeline.' } })
        return
      }
      this.store.setState({ row: answer.data, problem: undefined, parts })
      begin(parts, answer.data)
    }
    const begin = (parts: RunParts, row: ResultRow) => {
      const own = parts.createRunFeed()
      feed = own
      own.expect(row.lastSeq)
      const take = (live: LiveRun) => {
        // A part of the journal would look like a run in progress.
        if (live.run.seq >= row.lastSeq) this.store.setState({ live })
      }
      take(own.store.getState())
      unsubscribe = own.store.subscribe(take)
      const over = () => isOver(own.store.getState().run.status)
      const again = () => {
        if (!gone && !over()) attach()
      }
      const attach = () => {
        unfollow()
        unfollow = this.link.follow(id, {
          after: own.seq,
          message: (message) => {
            if (this.store.getState().problem) this.store.setState({ problem: undefined })
            own.push(message)
          },
          // A server that shuts down ends its streams, too.
          complete: () => later(FOLLOW_AGAIN_MS, again),
          error: (problem) => {
            this.store.setState({ problem: { ...problem } })
            later(RETRY_MS, again)
          },
        })
      }
      attach()
    }
    void read()
  }
}

const keyOf = (pipelineId: string) => `flowmason.results.${pipelineId}`

function readKept(pipelineId: string): string | undefined {
  try {
    return sessionStorage.getItem(keyOf(pipelineId)) ?? undefined
  } catch {
    return undefined
  }
}

function keep(pipelineId: string, run: string | undefined) {
  try {
    if (run === undefined) sessionStorage.removeItem(keyOf(pipelineId))
    else sessionStorage.setItem(keyOf(pipelineId), run)
  } catch {
    // The storage is full or turned off: a reload shows no results.
  }
}
