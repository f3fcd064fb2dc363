// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AcceptCopilotPiecesInput, AskCopilotInput, ExchangeFollower } from '@flowmason/graphql/editing'
import type { DraftSession } from '../editing/session.ts'
import { type Draft, type SyncEvent, type SyncState, startOf, step } from '../editing/sync.ts'
import type { Answer } from '../lib/request.ts'
import { Exchanges, type KeptExchange, acceptable, stateOf } from './exchanges.ts'
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
let kept: readonly KeptExchange[]
let ids = 0
function begin(session: DraftSession = sessionOf().session) {
  const keeper = {
    read: () => kept,
    write: (next: readonly KeptExchange[]) => {
      kept = next
    },
  }
  const exchanges = new Exchanges({ link, session, pipelineId: 'pipe_1', keeper, newId: () => `change ${++ids}` })
  exchanges.start()
  const entry = () => {
    const found = exchanges.store.getState().entries[0]
    if (!found) throw new Error('there is no exchange')
    return found
  }
  return { exchanges, entry }
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
  const { exchanges, entry } = begin()
  expect(await exchanges.ask(wanted)).toBe(true)
  expect(link.asked).toEqual([{ pipelineId: 'pipe_1', revision: 1, task: 'SUGGEST', request: 'retry it', runId: null }])
  const say = (text: string) => link.follower?.event({ __typename: 'CopilotText', text })
  say('ab')
  say('cd')
  expect(entry().text).toBe('abcd')
  link.follower?.begin()
  say('abcde')
  say('f')
  expect(entry().text).toBe('abcdef')
  link.stored = { data: proposal }
  link.follower?.event({ __typename: 'CopilotEnded', exchange: { id: 'exchange_1' } })
  await vi.advanceTimersByTimeAsync(0)
  expect(entry().exchange.state).toBe('DONE')
  expect(link.follower).toBeUndefined()
  expect(kept).toEqual([{ id: 'exchange_1', undone: [] }])
})

test('a stream that ends early is followed again, until the exchange has ended', async () => {
  const { exchanges, entry } = begin()
  await exchanges.ask(wanted)
  link.stored = { data: exchange({ state: 'WRITING' }) }
  const first = link.follower
  first?.end()
  await vi.advanceTimersByTimeAsync(4000)
  expect(link.follower).not.toBe(first)
  link.stored = { data: exchange({ state: 'FAILED', problem: 'The process ended.' }) }
  link.follower?.end()
  await vi.advanceTimersByTimeAsync(2000)
  expect(entry().exchange.problem).toBe('The process ended.')
})

test('nothing is asked before what was typed is saved', async () => {
  const { session, happen } = sessionOf()
  happen({ type: 'typed', text: '{"n":2}' })
  const { exchanges } = begin(session)
  const asking = exchanges.ask(wanted)
  await vi.advanceTimersByTimeAsync(100)
  expect(link.asked).toEqual([])
  happen({ type: 'paused', changeId: 'own' })
  happen({ type: 'answered', changeId: 'own', draft: { ...draft(2), text: '{"n":2}' }, meetings: [] })
  expect(await asking).toBe(true)
  expect(link.asked[0]?.revision).toBe(2)
})

test('a request that is not sent says why, and stays', async () => {
  link.answer = OFFLINE
  const { exchanges } = begin()
  expect(await exchanges.ask(wanted)).toBe(false)
  expect(exchanges.store.getState().problem?.code).toBe('OFFLINE')
  const { session, happen } = sessionOf()
  happen({ type: 'typed', text: '{' })
  const other = begin(session)
  const asking = other.exchanges.ask(wanted)
  happen({ type: 'paused', changeId: 'own' })
  happen({ type: 'refused', changeId: 'own', code: 'INVALID_INPUT', field: 'source', message: 'not complete' })
  expect(await asking).toBe(false)
  expect(other.exchanges.store.getState().problem?.message).toContain('not complete')
})

test('a draft that somebody else has changed meanwhile is read, and asked about once more', async () => {
  const { session, happen } = sessionOf()
  const { exchanges } = begin(session)
  link.answer = { problem: { code: 'PRECONDITION_FAILED', message: 'The draft is at revision 2.' } }
  const asking = exchanges.ask(wanted)
  await vi.advanceTimersByTimeAsync(10)
  link.answer = { data: exchange() }
  happen({ type: 'read', draft: draft(2) })
  expect(await asking).toBe(true)
  expect(link.asked.map(({ revision }) => revision)).toEqual([1, 2])
})

async function proposed(session?: DraftSession) {
  link.answer = { data: proposal }
  const { exchanges, entry } = begin(session)
  await exchanges.ask(wanted)
  return { exchanges, entry }
}

test('pieces are accepted together, without those that need a look or do not fit', async () => {
  const { exchanges, entry } = await proposed()
  expect(acceptable(entry())).toEqual([0])
  exchanges.look('exchange_1', 1, true)
  expect(acceptable(entry())).toEqual([0, 1])
  const claims = [{ text: 'it is retried', isTrue: false }]
  link.accepted = { data: { revision: 2, meetings: [], claims } }
  await exchanges.accept('exchange_1', acceptable(entry()))
  expect(link.accepts[0]).toMatchObject({ exchangeId: 'exchange_1', pieces: [0, 1], looked: [1], revision: 1 })
  expect(entry().exchange.pieces.map((each) => stateOf(entry(), each))).toEqual(['accepted', 'accepted', 'unfit'])
  expect(entry().acceptances[0]?.claims).toEqual(claims)
})

test('a refused piece is not accepted with the others, and can be decided again', async () => {
  const { exchanges, entry } = await proposed()
  exchanges.refuse('exchange_1', [0])
  expect(acceptable(entry())).toEqual([])
  exchanges.reconsider('exchange_1', 0)
  expect(acceptable(entry())).toEqual([0])
})

test('an acceptance without an answer is made once, however often it is tried', async () => {
  const { exchanges, entry } = await proposed()
  link.accepted = OFFLINE
  await exchanges.accept('exchange_1', [0])
  expect(entry().problem?.message).toContain('cannot be reached')
  expect(stateOf(entry(), piece(0))).toBe('open')
  link.accepted = { data: { revision: 2, meetings: [], claims: [] } }
  await exchanges.accept('exchange_1', [0])
  expect(new Set(link.accepts.map(({ changeId }) => changeId)).size).toBe(1)
  expect(entry().problem).toBeUndefined()
})

test('pieces that meet the change of somebody else are not accepted, and both sides are shown', async () => {
  const { exchanges, entry } = await proposed()
  const meetings = [{ message: 'Grace changed it', mine: null, theirs: null }]
  link.accepted = { data: { revision: 5, meetings, claims: [] } }
  await exchanges.accept('exchange_1', [0])
  expect(entry().problem?.meetings).toEqual(meetings)
  expect(acceptable(entry())).toEqual([0])
})

test('an acceptance is undone by the undo of the draft', async () => {
  const { session, events, happen } = sessionOf()
  const { exchanges, entry } = await proposed(session)
  await exchanges.accept('exchange_1', [0])
  expect(events.at(-1)).toEqual({ type: 'outdated' })
  happen({ type: 'read', draft: draft(2) })
  const undoing = exchanges.undo('exchange_1', 2)
  expect(events.at(-1)).toEqual({ type: 'wanted', step: 'undo' })
  happen({ type: 'paused', changeId: 'back' })
  happen({ type: 'answered', changeId: 'back', draft: draft(3), meetings: [] })
  await undoing
  expect(stateOf(entry(), piece(0))).toBe('undone')
  // After a reload, too; the server only knows that it was accepted.
  exchanges.close()
  link.stored = { data: exchange({ pieces: [piece(0, { acceptedAtRevision: 2 })] }) }
  const again = begin()
  await vi.advanceTimersByTimeAsync(0)
  expect(stateOf(again.entry(), piece(0, { acceptedAtRevision: 2 }))).toBe('undone')
})

test('an undoing that has to wait says so, and is made once', async () => {
  const { session, events, happen } = sessionOf()
  const { exchanges, entry } = await proposed(session)
  await exchanges.accept('exchange_1', [0])
  happen({ type: 'read', draft: draft(2) })
  const undoing = exchanges.undo('exchange_1', 2)
  happen({ type: 'paused', changeId: 'back' })
  happen({ type: 'lost', changeId: 'back' })
  await vi.advanceTimersByTimeAsync(0)
  expect(entry().problem?.message).toContain('not undone yet')
  happen({ type: 'answered', changeId: 'back', draft: draft(3), meetings: [] })
  await undoing
  expect(entry().problem).toBeUndefined()
  expect(stateOf(entry(), piece(0))).toBe('undone')
  expect(events.filter(({ type }) => type === 'wanted')).toHaveLength(1)
})

test('what cannot be undone says why, and stays accepted', async () => {
  const { session, events, happen } = sessionOf()
  const { exchanges, entry } = await proposed(session)
  await exchanges.accept('exchange_1', [0])
  happen({ type: 'read', draft: draft(2) })
  const undoing = exchanges.undo('exchange_1', 2)
  happen({ type: 'paused', changeId: 'back' })
  happen({ type: 'refused', changeId: 'back', code: 'CONFLICT', message: 'There is nothing to undo.' })
  await undoing
  expect(entry().problem?.message).toBe('There is nothing to undo.')
  expect(stateOf(entry(), piece(0))).toBe('accepted')
  happen({ type: 'typed', text: '{' })
  happen({ type: 'paused', changeId: 'own' })
  happen({ type: 'refused', changeId: 'own', code: 'INVALID_INPUT', field: 'source', message: 'not complete' })
  await exchanges.undo('exchange_1', 2)
  expect(entry().problem?.message).toContain('not complete')
  expect(events.filter(({ type }) => type === 'wanted')).toHaveLength(1)
})

test('pieces that the draft had already change nothing that could be undone', async () => {
  const { exchanges, entry } = await proposed()
  link.accepted = { data: { revision: undefined, meetings: [], claims: [] } }
  await exchanges.accept('exchange_1', [0])
  expect(stateOf(entry(), piece(0))).toBe('accepted')
  expect(entry().acceptances[0]?.revision).toBeUndefined()
})

test('a cancelled exchange has no pieces to decide', async () => {
  const { exchanges, entry } = begin()
  await exchanges.ask(wanted)
  await exchanges.cancel('exchange_1')
  expect(entry().exchange.state).toBe('CANCELLED')
  expect(acceptable(entry())).toEqual([])
})

test('the exchanges of before a reload are shown again once the server responds', async () => {
  kept = [{ id: 'exchange_1', undone: [] }]
  link.stored = OFFLINE
  const { exchanges } = begin()
  await vi.advanceTimersByTimeAsync(0)
  expect(exchanges.store.getState().cutOff).toBe(true)
  link.stored = { data: exchange({ state: 'WRITING' }) }
  await vi.advanceTimersByTimeAsync(2000)
  expect(exchanges.store.getState()).toMatchObject({ cutOff: false, entries: [{ exchange: { id: 'exchange_1' } }] })
  expect(link.follower).toBeDefined()
  exchanges.close()
  expect(link.follower).toBeUndefined()
})

test('an exchange that cannot be read says why, is kept, and can be read again', async () => {
  const { exchanges, entry } = begin()
  await exchanges.ask(wanted)
  link.stored = { problem: { code: 'INTERNAL', message: 'Something broke.' } }
  link.follower?.end()
  await vi.advanceTimersByTimeAsync(2000)
  expect(entry()).toMatchObject({ unread: true, problem: { message: 'Something broke.' } })
  expect(kept).toHaveLength(1)
  link.stored = { data: proposal }
  await exchanges.readAgain('exchange_1')
  expect(entry()).toMatchObject({ unread: false, problem: undefined, exchange: { state: 'DONE' } })
})

test('an exchange that is no longer there is shown no longer', async () => {
  const { exchanges } = begin()
  await exchanges.ask(wanted)
  link.stored = { problem: { code: 'NOT_FOUND', message: 'There is no such exchange.' } }
  link.follower?.end()
  await vi.advanceTimersByTimeAsync(2000)
  expect(exchanges.store.getState().entries).toEqual([])
  expect(kept).toEqual([])
})

test('a request while the earlier exchanges cannot be read does not lose them', async () => {
  kept = [{ id: 'exchange_0', undone: [1] }]
  link.stored = OFFLINE
  const { exchanges } = begin()
  await vi.advanceTimersByTimeAsync(0)
  link.answer = { data: proposal }
  await exchanges.ask(wanted)
  expect(kept).toEqual([
    { id: 'exchange_0', undone: [1] },
    { id: 'exchange_1', undone: [] },
  ])
  link.stored = { data: exchange({ id: 'exchange_0' }) }
  await vi.advanceTimersByTimeAsync(2000)
  expect(exchanges.store.getState().entries.map((each) => each.exchange.id)).toEqual(['exchange_0', 'exchange_1'])
  expect(kept).toHaveLength(2)
})

test('earlier exchanges that cannot be read are kept, and those that are gone are not', async () => {
  kept = [{ id: 'exchange_0', undone: [] }]
  link.stored = { problem: { code: 'FORBIDDEN', message: 'You may not.' } }
  const { exchanges } = begin()
  await vi.advanceTimersByTimeAsync(0)
  expect(exchanges.store.getState().lost?.code).toBe('FORBIDDEN')
  expect(kept).toHaveLength(1)
  link.stored = { data: null }
  await exchanges.readAgain()
  expect(exchanges.store.getState().lost).toBeUndefined()
  expect(kept).toEqual([])
})
