// The exchanges with the co-pilot about one draft: asks, follows what the model writes, and makes the pieces that a
// person accepts a change of the draft. The exchanges are stored by the server; what the person decided is kept here.

import { type StoreApi, createStore } from 'zustand/vanilla'
import type { CopilotTask } from '@flowmason/graphql/editing'
import { type RequestProblem, isTemporary } from '../editing/link.ts'
import type { DraftSession } from '../editing/session.ts'
import type { Meeting } from '../editing/sync.ts'
import type { Claim, CopilotLink, Exchange, Piece } from './link.ts'
import { moved, settled } from './settled.ts'

const AGAIN_MS = 1500
/** The most exchanges that are shown again after a reload. */
const MOST_KEPT = 10

/** Pieces that were accepted together. */
export interface Acceptance {
  pieces: readonly number[]
  /** The revision of the draft afterwards. */
  revision: number | undefined
  /** The claims, read back from the stored draft. */
  claims: readonly Claim[]
  undone: boolean
}

/** An exchange, and what was done with its answer. */
export interface Talk {
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
  /** Why the last attempt to accept or to cancel came to nothing. */
  problem?: { message: string; meetings: readonly Meeting[] } | undefined
}

export interface Conversation {
  talks: readonly Talk[]
  asking: boolean
  /** Why the last request was not sent. */
  problem: RequestProblem | undefined
  /** The exchanges of before a reload are not all read yet, because the server does not respond. */
  cutOff: boolean
}

export interface Request {
  task: CopilotTask
  request: string
  runId?: string | undefined
}

/** Keeps the ids of the exchanges for a reload. */
export interface IdKeeper {
  read: () => readonly string[]
  write: (ids: readonly string[]) => void
}

export const talkOf = (exchange: Exchange): Talk => ({
  exchange,
  text: exchange.text,
  refused: [],
  looked: [],
  accepting: [],
  cancelling: false,
  acceptances: [],
})

/** Where a piece stands. `open`: the person has to decide. */
export type PieceState = 'open' | 'accepted' | 'undone' | 'refused' | 'unfit' | 'accepting'

export function stateOf(talk: Talk, piece: Piece): PieceState {
  const acceptance = talk.acceptances.findLast((each) => each.pieces.includes(piece.index))
  if (acceptance) return acceptance.undone ? 'undone' : 'accepted'
  if (typeof piece.acceptedAtRevision === 'number') return 'accepted'
  if (talk.accepting.includes(piece.index)) return 'accepting'
  if (typeof piece.refused === 'string') return 'unfit'
  return talk.refused.includes(piece.index) ? 'refused' : 'open'
}

/** Whether a piece needs a look that it has not had. */
export const needsLook = (talk: Talk, piece: Piece): boolean =>
  piece.looks.length > 0 && !talk.looked.includes(piece.index)

/** The pieces that are accepted together: those that are open, without those that still need a look of their own. */
export const acceptable = (talk: Talk): readonly number[] =>
  talk.exchange.pieces
    .filter((piece) => stateOf(talk, piece) === 'open' && !needsLook(talk, piece))
    .map(({ index }) => index)

interface Options {
  link: CopilotLink
  session: DraftSession
  pipelineId: string
  keeper: IdKeeper
  newId: () => string
}

export class Conversing {
  readonly store: StoreApi<Conversation> = createStore<Conversation>(() => ({
    talks: [],
    asking: false,
    problem: undefined,
    cutOff: false,
  }))
  private readonly options: Options
  private readonly unfollow = new Map<string, () => void>()
  private readonly timers = new Set<ReturnType<typeof setTimeout>>()
  /** The ids of changes without an answer: tried again, the same change is not made twice. */
  private readonly changeIds = new Map<string, string>()
  private open = false

  constructor(options: Options) {
    this.options = options
  }

  /** Shows the exchanges of before a reload again, and follows those that go on. */
  start() {
    this.open = true
    const known = this.store.getState().talks
    for (const { exchange } of known) if (exchange.state === 'WRITING') this.follow(exchange.id)
    if (known.length === 0) void this.restore(this.options.keeper.read())
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
    const hindrance = await settled(session)
    if (hindrance) {
      this.store.setState({ asking: false, problem: { code: 'CONFLICT', message: hindrance } })
      return false
    }
    const send = () => {
      const { revision } = session.state().sync.base
      return link.ask({ pipelineId, revision, task, request, runId: runId ?? null })
    }
    let answer = await send()
    // Somebody else has changed the draft at the same time.
    if ('problem' in answer && answer.problem.code === 'PRECONDITION_FAILED' && (await moved(session)))
      answer = await send()
    if ('problem' in answer) {
      this.store.setState({ asking: false, problem: answer.problem })
      return false
    }
    this.store.setState(({ talks }) => ({ asking: false, talks: [...talks, talkOf(answer.data)] }))
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
    this.change(id, (talk) => ({
      looked: looked ? [...talk.looked, piece] : talk.looked.filter((each) => each !== piece),
    }))

  readonly accept = async (id: string, pieces: readonly number[]) => {
    const talk = this.talk(id)
    if (!talk || pieces.length === 0 || talk.accepting.length > 0) return
    this.change(id, { accepting: pieces, problem: undefined })
    const { session, link, newId } = this.options
    const hindrance = await settled(session)
    if (hindrance) {
      this.change(id, { accepting: [] })
      return this.fail(id, hindrance)
    }
    const key = `${id} ${pieces.join(' ')}`
    const changeId = this.changeIds.get(key) ?? newId()
    this.changeIds.set(key, changeId)
    const { revision } = session.state().sync.base
    const looked = talk.looked.filter((each) => pieces.includes(each))
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
    const { revision: now, meetings, claims } = answer.data
    if (meetings.length > 0)
      return this.fail(id, 'Nothing was accepted: somebody else changed the same since.', meetings)
    const accepted: Acceptance = { pieces, revision: now, claims, undone: false }
    this.change(id, ({ acceptances }) => ({ acceptances: [...acceptances, accepted] }))
  }

  /** Undoes the last own change of the draft, which is this acceptance as long as nothing else was changed. */
  readonly undo = async (id: string, revision: number) => {
    const { session } = this.options
    session.happen({ type: 'wanted', step: 'undo' })
    const hindrance = await settled(session)
    const { refusal } = session.state().sync
    if (hindrance || refusal) return
    this.change(id, ({ acceptances }) => ({
      acceptances: acceptances.map((each) => (each.revision === revision ? { ...each, undone: true } : each)),
    }))
  }

  /** Shows an exchange no longer. */
  readonly forget = (id: string) => {
    this.stop(id)
    this.store.setState(({ talks }) => ({ talks: talks.filter(({ exchange }) => exchange.id !== id) }))
    this.keep()
  }

  private talk(id: string): Talk | undefined {
    return this.store.getState().talks.find(({ exchange }) => exchange.id === id)
  }

  private change(id: string, part: Partial<Talk> | ((talk: Talk) => Partial<Talk>)) {
    this.store.setState(({ talks }) => ({
      talks: talks.map((talk) =>
        talk.exchange.id === id ? { ...talk, ...(typeof part === 'function' ? part(talk) : part) } : talk,
      ),
    }))
  }

  private fail(id: string, message: string, meetings: readonly Meeting[] = []) {
    this.change(id, { problem: { message, meetings } })
  }

  private keep() {
    const ids = this.store.getState().talks.map(({ exchange }) => exchange.id)
    this.options.keeper.write(ids.slice(-MOST_KEPT))
  }

  /** The exchange as the server has it. What was written is complete only when it has ended. */
  private arrived(exchange: Exchange) {
    this.change(exchange.id, exchange.state === 'WRITING' ? { exchange } : { exchange, text: exchange.text })
    if (exchange.state !== 'WRITING') this.stop(exchange.id)
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
        this.change(id, (talk) => ({ text: anew ? text : talk.text + text }))
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
    if (!this.open || this.talk(id)?.exchange.state !== 'WRITING') return
    const answer = await this.options.link.read(id)
    if ('data' in answer && answer.data) this.arrived(answer.data)
    else if ('data' in answer || !isTemporary(answer.problem.code)) return this.forget(id)
    if (this.talk(id)?.exchange.state !== 'WRITING') return
    // The server does not respond, or has not written the end yet.
    if ('data' in answer) this.after(() => this.follow(id))
    else this.after(() => void this.reread(id))
  }

  private async restore(ids: readonly string[]) {
    const answers = await Promise.all(ids.map((id) => this.options.link.read(id)))
    if (!this.open) return
    if (answers.some((each) => 'problem' in each && isTemporary(each.problem.code))) {
      this.store.setState({ cutOff: true })
      this.after(() => void this.restore(ids))
      return
    }
    const found = answers.flatMap((each) => ('data' in each && each.data ? [each.data] : []))
    const known = new Set(this.store.getState().talks.map(({ exchange }) => exchange.id))
    const older = found.filter(({ id }) => !known.has(id)).map(talkOf)
    this.store.setState(({ talks }) => ({ talks: [...older, ...talks], cutOff: false }))
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
