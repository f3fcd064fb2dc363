// The exchanges with the co-pilot about one draft: asks, follows what the model writes, and makes the pieces that a
// person accepts a change of the draft. The exchanges are stored by the server; what the person decided is kept here.

import { type StoreApi, createStore } from 'zustand/vanilla'
import type { CopilotTask } from '@flowmason/graphql/editing'
import { hasMoved, hindranceOf, until, untilSaved } from '../editing/saving.ts'
import type { DraftSession, Shown } from '../editing/session.ts'
import type { Meeting } from '../editing/sync.ts'
import { type RequestProblem, isTemporary } from '../lib/request.ts'
import type { Claim, CopilotLink, Exchange, Piece } from './link.ts'

const AGAIN_MS = 1500
/** The most exchanges that are shown again after a reload. */
const MOST_KEPT = 10

/** Pieces that were accepted together. */
export interface Acceptance {
  pieces: readonly number[]
  /** The revision that they made; undefined if the draft was like this already. */
  revision: number | undefined
  /** The claims, read back from the stored draft. */
  claims: readonly Claim[]
}

/** An exchange, and what was done with its answer. */
export interface ExchangeEntry {
  exchange: Exchange
  /** What the model has written so far. */
  text: string
  /** The pieces that the person has refused. */
  refused: readonly number[]
  /** The pieces of which the person has confirmed the reasons for a look of their own. */
  looked: readonly number[]
  /** The pieces that are being accepted. */
  accepting: readonly number[]
  cancelling: boolean
  acceptances: readonly Acceptance[]
  /** The pieces that were accepted and undone here. */
  undone: readonly number[]
  /** It could not be read how it went on, and nobody tries. */
  unread: boolean
  /** Why the last attempt to read, accept, undo or cancel came to nothing. */
  problem?: { message: string; meetings: readonly Meeting[] } | undefined
}

export interface ExchangesState {
  entries: readonly ExchangeEntry[]
  asking: boolean
  /** Why the last request was not sent. */
  problem: RequestProblem | undefined
  /** The exchanges of before a reload are not all read yet, because the server does not respond. */
  cutOff: boolean
  /** Why some of them could not be read. */
  lost: RequestProblem | undefined
}

export interface Request {
  task: CopilotTask
  request: string
  runId?: string | undefined
}

/** What is known of an exchange after a reload, besides what the server has. */
export interface KeptExchange {
  id: string
  /** The pieces that were accepted and undone: the server only knows that they were accepted. */
  undone: readonly number[]
}

/** Keeps the exchanges for a reload. */
export interface ExchangeKeeper {
  read: () => readonly KeptExchange[]
  write: (kept: readonly KeptExchange[]) => void
}

export const entryOf = (exchange: Exchange, undone: readonly number[] = []): ExchangeEntry => ({
  exchange,
  text: exchange.text,
  refused: [],
  looked: [],
  accepting: [],
  cancelling: false,
  acceptances: [],
  undone,
  unread: false,
})

/** Where a piece stands. `open`: the person has to decide. */
export type PieceState = 'open' | 'accepted' | 'undone' | 'refused' | 'unfit' | 'accepting'

export function stateOf(entry: ExchangeEntry, piece: Piece): PieceState {
  if (entry.undone.includes(piece.index)) return 'undone'
  if (entry.acceptances.some((each) => each.pieces.includes(piece.index))) return 'accepted'
  if (typeof piece.acceptedAtRevision === 'number') return 'accepted'
  if (entry.accepting.includes(piece.index)) return 'accepting'
  if (typeof piece.refused === 'string') return 'unfit'
  return entry.refused.includes(piece.index) ? 'refused' : 'open'
}

/** Whether a piece needs a look that it has not had. */
export const needsLook = (entry: ExchangeEntry, piece: Piece): boolean =>
  piece.looks.length > 0 && !entry.looked.includes(piece.index)

/** The pieces that are accepted together: those that are open, without those that still need a look of their own. */
export const acceptable = (entry: ExchangeEntry): readonly number[] =>
  entry.exchange.pieces
    .filter((piece) => stateOf(entry, piece) === 'open' && !needsLook(entry, piece))
    .map(({ index }) => index)

const isUndoing = ({ sync }: Shown): boolean => sync.flight?.kind === 'undo' || sync.wanted.includes('undo')

interface Options {
  link: CopilotLink
  session: DraftSession
  pipelineId: string
  keeper: ExchangeKeeper
  newId: () => string
}

export class Exchanges {
  readonly store: StoreApi<ExchangesState> = createStore<ExchangesState>(() => ({
    entries: [],
    asking: false,
    problem: undefined,
    cutOff: false,
    lost: undefined,
  }))
  private readonly options: Options
  private readonly unfollow = new Map<string, () => void>()
  private readonly timers = new Set<ReturnType<typeof setTimeout>>()
  /** The ids of changes without an answer: tried again, the same change is not made twice. */
  private readonly changeIds = new Map<string, string>()
  /** The exchanges of before a reload that are not read yet. */
  private earlier: readonly KeptExchange[]
  private open = false

  constructor(options: Options) {
    this.options = options
    this.earlier = options.keeper.read()
  }

  /** Shows the exchanges of before a reload again, and follows those that go on. */
  start() {
    this.open = true
    for (const { exchange, unread } of this.store.getState().entries)
      if (exchange.state === 'WRITING' && !unread) this.follow(exchange.id)
    void this.restore()
  }

  close() {
    this.open = false
    for (const end of this.unfollow.values()) end()
    this.unfollow.clear()
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
  }

  /** Whether the request was sent. */
  readonly ask = async ({ task, request, runId }: Request): Promise<boolean> => {
    const { session, link, pipelineId } = this.options
    if (this.store.getState().asking) return false
    this.store.setState({ asking: true, problem: undefined })
    const saved = await untilSaved(session)
    if ('problem' in saved) {
      this.store.setState({ asking: false, problem: saved.problem })
      return false
    }
    const send = () => {
      const { revision } = session.state().sync.base
      return link.ask({ pipelineId, revision, task, request, runId: runId ?? null })
    }
    let answer = await send()
    // Somebody else has changed the draft at the same time.
    if ('problem' in answer && answer.problem.code === 'PRECONDITION_FAILED' && (await hasMoved(session)))
      answer = await send()
    if ('problem' in answer) {
      this.store.setState({ asking: false, problem: answer.problem })
      return false
    }
    this.store.setState(({ entries }) => ({ asking: false, entries: [...entries, entryOf(answer.data)] }))
    this.keep()
    if (answer.data.state === 'WRITING') this.follow(answer.data.id)
    return true
  }

  readonly cancel = async (id: string) => {
    this.change(id, { cancelling: true, problem: undefined })
    const answer = await this.options.link.cancel(id)
    this.change(id, { cancelling: false })
    if ('problem' in answer) this.fail(id, answer.problem.message)
    else this.arrived(answer.data)
  }

  readonly refuse = (id: string, pieces: readonly number[]) =>
    this.change(id, ({ refused }) => ({ refused: [...new Set([...refused, ...pieces])] }))

  /** The person wants to decide again. */
  readonly reconsider = (id: string, piece: number) =>
    this.change(id, ({ refused }) => ({ refused: refused.filter((each) => each !== piece) }))

  readonly look = (id: string, piece: number, looked: boolean) =>
    this.change(id, (entry) => ({
      looked: looked ? [...entry.looked, piece] : entry.looked.filter((each) => each !== piece),
    }))

  readonly accept = async (id: string, pieces: readonly number[]) => {
    const entry = this.entry(id)
    if (!entry || pieces.length === 0 || entry.accepting.length > 0) return
    this.change(id, { accepting: pieces, problem: undefined })
    const { session, link, newId } = this.options
    const saved = await untilSaved(session)
    if ('problem' in saved) {
      this.change(id, { accepting: [] })
      return this.fail(id, saved.problem.message)
    }
    const key = `${id} ${pieces.join(' ')}`
    const changeId = this.changeIds.get(key) ?? newId()
    this.changeIds.set(key, changeId)
    const { revision } = saved
    const looked = entry.looked.filter((each) => pieces.includes(each))
    const answer = await link.accept({ exchangeId: id, pieces: [...pieces], looked, revision, changeId })
    this.change(id, { accepting: [] })
    if ('problem' in answer) {
      const { code, message } = answer.problem
      if (!isTemporary(code)) this.changeIds.delete(key)
      // The draft may be another one than the page knows.
      session.happen({ type: 'outdated' })
      return this.fail(id, message)
    }
    this.changeIds.delete(key)
    session.happen({ type: 'outdated' })
    const { revision: made, meetings, claims } = answer.data
    if (meetings.length > 0)
      return this.fail(id, 'Nothing was accepted: somebody else changed the same since.', meetings)
    const accepted: Acceptance = { pieces, revision: made, claims }
    this.change(id, ({ acceptances }) => ({ acceptances: [...acceptances, accepted] }))
  }

  /** Undoes the last own change of the draft, which is this acceptance as long as nothing else was changed. */
  readonly undo = async (id: string, revision: number) => {
    const { session } = this.options
    this.change(id, { problem: undefined })
    const hindrance = hindranceOf(session.state().sync)
    if (hindrance) return this.fail(id, hindrance.message)
    session.happen({ type: 'wanted', step: 'undo' })
    await untilSaved(session)
    if (isUndoing(session.state())) {
      // It waits for its turn, and is not asked for twice.
      this.fail(id, 'It is not undone yet. It will be once the draft can be saved.')
      await until(session, (shown) => !isUndoing(shown))
      this.change(id, { problem: undefined })
    }
    const { refusal } = session.state().sync
    if (refusal) return this.fail(id, refusal.message, refusal.meetings)
    this.change(id, ({ acceptances, undone }) => ({
      undone: [...undone, ...acceptances.flatMap((each) => (each.revision === revision ? each.pieces : []))],
    }))
    this.keep()
  }

  /** Reads again what could not be read: how one exchange went on, or those of before a reload. */
  readonly readAgain = async (id?: string) => {
    if (id === undefined) {
      this.store.setState({ lost: undefined })
      return this.restore()
    }
    this.change(id, { unread: false, problem: undefined })
    return this.reread(id)
  }

  /** Shows an exchange no longer. */
  readonly forget = (id: string) => {
    this.stop(id)
    this.store.setState(({ entries }) => ({ entries: entries.filter(({ exchange }) => exchange.id !== id) }))
    this.keep()
  }

  private entry(id: string): ExchangeEntry | undefined {
    return this.store.getState().entries.find(({ exchange }) => exchange.id === id)
  }

  private change(id: string, part: Partial<ExchangeEntry> | ((entry: ExchangeEntry) => Partial<ExchangeEntry>)) {
    this.store.setState(({ entries }) => ({
      entries: entries.map((entry) =>
        entry.exchange.id === id ? { ...entry, ...(typeof part === 'function' ? part(entry) : part) } : entry,
      ),
    }))
  }

  private fail(id: string, message: string, meetings: readonly Meeting[] = []) {
    this.change(id, { problem: { message, meetings } })
  }

  private keep() {
    const kept = this.store.getState().entries.map(({ exchange: { id }, undone }) => ({ id, undone }))
    this.options.keeper.write([...this.earlier, ...kept].slice(-MOST_KEPT))
  }

  /** The exchange as the server has it. What was written is complete only when it has ended. */
  private arrived(exchange: Exchange) {
    const ended = exchange.state !== 'WRITING'
    this.change(exchange.id, { exchange, unread: false, ...(ended && { text: exchange.text }) })
    if (ended) this.stop(exchange.id)
  }

  private stop(id: string) {
    this.unfollow.get(id)?.()
    this.unfollow.delete(id)
  }

  private follow(id: string) {
    if (!this.open || this.unfollow.has(id)) return
    let anew = true
    const end = this.options.link.follow(id, {
      begin: () => {
        anew = true
      },
      event: (event) => {
        if (event.__typename === 'CopilotEnded') {
          // The pieces are read at once: a stream does not have them.
          this.stop(id)
          void this.reread(id)
          return
        }
        const { text } = event
        this.change(id, (entry) => ({ text: anew ? text : entry.text + text }))
        anew = false
      },
      end: () => {
        if (!this.unfollow.delete(id)) return
        this.after(() => void this.reread(id))
      },
    })
    this.unfollow.set(id, end)
  }

  /** The stream has ended: the exchange has, or the stream was cut. */
  private async reread(id: string) {
    if (!this.open || this.entry(id)?.exchange.state !== 'WRITING') return
    const answer = await this.options.link.read(id)
    if ('data' in answer && answer.data) this.arrived(answer.data)
    else if ('data' in answer || answer.problem.code === 'NOT_FOUND') return this.forget(id)
    else if (!isTemporary(answer.problem.code)) {
      this.change(id, { unread: true })
      return this.fail(id, answer.problem.message)
    }
    if (this.entry(id)?.exchange.state !== 'WRITING') return
    // The server does not respond, or has not written the end yet.
    if ('data' in answer) this.after(() => this.follow(id))
    else this.after(() => void this.reread(id))
  }

  private async restore() {
    const { earlier } = this
    if (earlier.length === 0) return
    const answers = await Promise.all(
      earlier.map(async (kept) => ({ kept, answer: await this.options.link.read(kept.id) })),
    )
    // It was closed, or started twice.
    if (!this.open || this.earlier !== earlier) return
    if (answers.some(({ answer }) => 'problem' in answer && isTemporary(answer.problem.code))) {
      this.store.setState({ cutOff: true })
      this.after(() => void this.restore())
      return
    }
    const older = answers.flatMap(({ kept, answer }) =>
      'data' in answer && answer.data ? [entryOf(answer.data, kept.undone)] : [],
    )
    const lost = answers.flatMap(({ kept, answer }) =>
      'problem' in answer && answer.problem.code !== 'NOT_FOUND' ? [{ kept, problem: answer.problem }] : [],
    )
    this.earlier = lost.map(({ kept }) => kept)
    this.store.setState(({ entries }) => ({ entries: [...older, ...entries], cutOff: false, lost: lost[0]?.problem }))
    this.keep()
    for (const { exchange } of older) if (exchange.state === 'WRITING') this.follow(exchange.id)
  }

  private after(work: () => void) {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      if (this.open) work()
    }, AGAIN_MS)
    this.timers.add(timer)
  }
}
