// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AcceptCopilotPiecesInput, AskCopilotInput, ExchangeFollower } from '@flowmason/graphql/editing'
import type { Answer } from '../editing/link.ts'
import type { DraftSession } from '../editing/session.ts'
import { type Draft, type SyncEvent, type SyncState, startOf, step } from '../editing/sync.ts'
import { Conversing, acceptable, stateOf } from './conversation.ts'
import type { Accepted, CopilotLink, Exchange } from './link.ts'
import { exchange, piece } from './samples.ts'

const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: true, canRedo: false }
const draft = (revision: number): Draft => ({ revision, text: `{"n":${revision}}`, about })
const OFFLINE = { problem: { code: 'OFFLINE', message: 'The server cannot be reached.' } }

/** A draft whose changes are saved when the test says so. */
function sessionOf(first: SyncState = startOf(draft(1))) {
  let sync = first
  const listeners = new Set<() => void>()
  const events: SyncEvent[] = []
  const session = {
    state: () => ({ sync, people: [], changedBy: undefined, cutOff: false }),
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    flush: () => {},
    happen: (event: SyncEvent) => {
      events.push(event)
      sync = step(sync, event)
      for (const listener of listeners) listener()
    },
  }
  return { session: session as unknown as DraftSession, events, happen: session.happen }
}

class Link implements CopilotLink {
  asked: AskCopilotInput[] = []
  accepts: AcceptCopilotPiecesInput[] = []
  follower: ExchangeFollower | undefined
  answer: Answer<Exchange> = { data: exchange({ state: 'WRITING', text: '' }) }
  stored: Answer<Exchange | null> = { data: null }
  accepted: Answer<Accepted> = { data: { revision: 2, meetings: [], claims: [] } }
  ask = (input: AskCopilotInput) => {
    this.asked.push(input)
    return Promise.resolve(this.answer)
  }
  cancel = () => Promise.resolve({ data: exchange({ state: 'CANCELLED' }) })
  read = () => Promise.resolve(this.stored)
  accept = (input: AcceptCopilotPiecesInput) => {
    this.accepts.push(input)
    return Promise.resolve(this.accepted)
  }
  follow = (_: string, follower: ExchangeFollower) => {
    this.follower = follower
    follower.begin()
    return () => {
      this.follower = undefined
    }
  }
}

let link: Link
let kept: readonly string[]
let ids = 0
function begin(session: DraftSession = sessionOf().session) {
  const keeper = {
    read: () => kept,
    write: (next: readonly string[]) => {
      kept = next
    },
  }
  const conversing = new Conversing({ link, session, pipelineId: 'pipe_1', keeper, newId: () => `change ${++ids}` })
  conversing.start()
  const talk = () => {
    const found = conversing.store.getState().talks[0]
    if (!found) throw new Error('there is no exchange')
    return found
  }
  return { conversing, talk }
}
const wanted = { task: 'SUGGEST' as const, request: 'retry it' }
const proposal = exchange({ pieces: [piece(0), piece(1, { looks: ['a new host'] }), piece(2, { refused: 'no' })] })

beforeEach(() => {
  vi.useFakeTimers()
  link = new Link()
  kept = []
})
afterEach(() => vi.useRealTimers())

test('what the model writes is added up, and begins again after a cut connection', async () => {
  const { conversing, talk } = begin()
  expect(await conversing.ask(wanted)).toBe(true)
  expect(link.asked).toEqual([{ pipelineId: 'pipe_1', revision: 1, task: 'SUGGEST', request: 'retry it', runId: null }])
  const say = (text: string) => link.follower?.event({ __typename: 'CopilotText', text })
  say('ab')
  say('cd')
  expect(talk().text).toBe('abcd')
  link.follower?.begin()
  say('abcde')
  say('f')
  expect(talk().text).toBe('abcdef')
  link.stored = { data: proposal }
  link.follower?.event({ __typename: 'CopilotEnded', exchange: { id: 'exchange_1' } })
  await vi.advanceTimersByTimeAsync(0)
  expect(talk().exchange.state).toBe('DONE')
  expect(link.follower).toBeUndefined()
  expect(kept).toEqual(['exchange_1'])
})

test('a stream that ends early is followed again, until the exchange has ended', async () => {
  const { conversing, talk } = begin()
  await conversing.ask(wanted)
  link.stored = { data: exchange({ state: 'WRITING' }) }
  const first = link.follower
  first?.end()
  await vi.advanceTimersByTimeAsync(4000)
  expect(link.follower).not.toBe(first)
  link.stored = { data: exchange({ state: 'FAILED', problem: 'The process ended.' }) }
  link.follower?.end()
  await vi.advanceTimersByTimeAsync(2000)
  expect(talk().exchange.problem).toBe('The process ended.')
})

test('nothing is asked before what was typed is saved', async () => {
  const { session, happen } = sessionOf()
  happen({ type: 'typed', text: '{"n":2}' })
  const { conversing } = begin(session)
  const asking = conversing.ask(wanted)
  await vi.advanceTimersByTimeAsync(100)
  expect(link.asked).toEqual([])
  happen({ type: 'paused', changeId: 'own' })
  happen({ type: 'answered', changeId: 'own', draft: { ...draft(2), text: '{"n":2}' }, meetings: [] })
  expect(await asking).toBe(true)
  expect(link.asked[0]?.revision).toBe(2)
})

test('a request that is not sent says why, and stays', async () => {
  link.answer = OFFLINE
  const { conversing } = begin()
  expect(await conversing.ask(wanted)).toBe(false)
  expect(conversing.store.getState().problem?.code).toBe('OFFLINE')
  const { session, happen } = sessionOf()
  happen({ type: 'typed', text: '{' })
  const other = begin(session)
  const asking = other.conversing.ask(wanted)
  happen({ type: 'paused', changeId: 'own' })
  happen({ type: 'refused', changeId: 'own', code: 'INVALID_INPUT', field: 'source', message: 'not complete' })
  expect(await asking).toBe(false)
  expect(other.conversing.store.getState().problem?.message).toContain('not saved')
})

test('a draft that somebody else has changed meanwhile is read, and asked about once more', async () => {
  const { session, happen } = sessionOf()
  const { conversing } = begin(session)
  link.answer = { problem: { code: 'PRECONDITION_FAILED', message: 'The draft is at revision 2.' } }
  const asking = conversing.ask(wanted)
  await vi.advanceTimersByTimeAsync(10)
  link.answer = { data: exchange() }
  happen({ type: 'read', draft: draft(2) })
  expect(await asking).toBe(true)
  expect(link.asked.map(({ revision }) => revision)).toEqual([1, 2])
})

async function proposed(session?: DraftSession) {
  link.answer = { data: proposal }
  const { conversing, talk } = begin(session)
  await conversing.ask(wanted)
  return { conversing, talk }
}

test('pieces are accepted together, without those that need a look or do not fit', async () => {
  const { conversing, talk } = await proposed()
  expect(acceptable(talk())).toEqual([0])
  conversing.look('exchange_1', 1, true)
  expect(acceptable(talk())).toEqual([0, 1])
  const claims = [{ text: 'it is retried', isTrue: false }]
  link.accepted = { data: { revision: 2, meetings: [], claims } }
  await conversing.accept('exchange_1', acceptable(talk()))
  expect(link.accepts[0]).toMatchObject({ exchangeId: 'exchange_1', pieces: [0, 1], looked: [1], revision: 1 })
  expect(talk().exchange.pieces.map((each) => stateOf(talk(), each))).toEqual(['accepted', 'accepted', 'unfit'])
  expect(talk().acceptances[0]?.claims).toEqual(claims)
})

test('a refused piece is not accepted with the others, and can be decided again', async () => {
  const { conversing, talk } = await proposed()
  conversing.refuse('exchange_1', [0])
  expect(acceptable(talk())).toEqual([])
  conversing.reconsider('exchange_1', 0)
  expect(acceptable(talk())).toEqual([0])
})

test('an acceptance without an answer is made once, however often it is tried', async () => {
  const { conversing, talk } = await proposed()
  link.accepted = OFFLINE
  await conversing.accept('exchange_1', [0])
  expect(talk().problem?.message).toContain('cannot be reached')
  expect(stateOf(talk(), piece(0))).toBe('open')
  link.accepted = { data: { revision: 2, meetings: [], claims: [] } }
  await conversing.accept('exchange_1', [0])
  expect(new Set(link.accepts.map(({ changeId }) => changeId)).size).toBe(1)
  expect(talk().problem).toBeUndefined()
})

test('pieces that meet the change of somebody else are not accepted, and both sides are shown', async () => {
  const { conversing, talk } = await proposed()
  const meetings = [{ message: 'Grace changed it', mine: null, theirs: null }]
  link.accepted = { data: { revision: 5, meetings, claims: [] } }
  await conversing.accept('exchange_1', [0])
  expect(talk().problem?.meetings).toEqual(meetings)
  expect(acceptable(talk())).toEqual([0])
})

test('an acceptance is undone by the undo of the draft', async () => {
  const { session, events, happen } = sessionOf()
  const { conversing, talk } = await proposed(session)
  await conversing.accept('exchange_1', [0])
  expect(events.at(-1)).toEqual({ type: 'outdated' })
  happen({ type: 'read', draft: draft(2) })
  const undoing = conversing.undo('exchange_1', 2)
  expect(events.at(-1)).toEqual({ type: 'wanted', step: 'undo' })
  happen({ type: 'paused', changeId: 'back' })
  happen({ type: 'answered', changeId: 'back', draft: draft(3), meetings: [] })
  await undoing
  expect(stateOf(talk(), piece(0))).toBe('undone')
})

test('a cancelled exchange has no pieces to decide', async () => {
  const { conversing, talk } = begin()
  await conversing.ask(wanted)
  await conversing.cancel('exchange_1')
  expect(talk().exchange.state).toBe('CANCELLED')
  expect(acceptable(talk())).toEqual([])
})

test('the exchanges of before a reload are shown again once the server responds', async () => {
  kept = ['exchange_1']
  link.stored = OFFLINE
  const { conversing } = begin()
  await vi.advanceTimersByTimeAsync(0)
  expect(conversing.store.getState().cutOff).toBe(true)
  link.stored = { data: exchange({ state: 'WRITING' }) }
  await vi.advanceTimersByTimeAsync(2000)
  expect(conversing.store.getState()).toMatchObject({ cutOff: false, talks: [{ exchange: { id: 'exchange_1' } }] })
  expect(link.follower).toBeDefined()
  conversing.close()
  expect(link.follower).toBeUndefined()
})
