// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Answer } from '../lib/request.ts'
import { keeperOf } from './kept.ts'
import type { DraftFollowing, DraftLink, Landed, Whereabouts } from './link.ts'
import { DraftSession } from './session.ts'
import type { Draft, Flight } from './sync.ts'

const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
const OFFLINE = { problem: { code: 'OFFLINE', message: 'The server cannot be reached.' } }

/** A server with one draft; it can be cut off, and loses answers then. */
class Server implements DraftLink {
  now: Draft = { revision: 0, text: '{}', about }
  sent: Flight[] = []
  told: Whereabouts[] = []
  following: DraftFollowing | undefined
  reachable = true
  refuses: string | undefined
  made = new Set<string>()

  open = () => this.read()
  read = (): Promise<Answer<Draft>> => Promise.resolve(this.reachable ? { data: this.now } : OFFLINE)
  send = (flight: Flight): Promise<Answer<Landed>> => {
    this.sent.push(flight)
    if (!this.reachable) return Promise.resolve(OFFLINE)
    if (this.refuses) return Promise.resolve({ problem: { code: 'INVALID_INPUT', field: 'to', message: this.refuses } })
    if (!this.made.has(flight.changeId)) this.change(flight.edits ? JSON.stringify(flight.edits) : flight.text)
    this.made.add(flight.changeId)
    return Promise.resolve({ data: { draft: this.now, meetings: [] } })
  }
  present = (at: Whereabouts) => void this.told.push(at)
  follow = (following: DraftFollowing) => {
    this.following = following
    return () => {
      this.following = undefined
    }
  }

  change(text: string) {
    this.now = { revision: this.now.revision + 1, text, about }
    this.following?.changed(this.now.revision, { name: 'Grace', own: false })
  }
}

let server: Server
let ids = 0
const opened = () => {
  const session = new DraftSession(server, server.now, keeperOf('user', 'pipe'), { newId: () => `change ${++ids}` })
  session.start()
  return session
}
const type = (session: DraftSession, text: string) => session.happen({ type: 'typed', text })

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
  server = new Server()
})
afterEach(() => vi.useRealTimers())

test('typing is sent once, after a pause', async () => {
  const session = opened()
  for (const text of ['{"a"', '{"a":', '{"a":1}']) {
    type(session, text)
    await vi.advanceTimersByTimeAsync(200)
  }
  expect(server.sent).toEqual([])
  await vi.advanceTimersByTimeAsync(700)
  expect(server.sent.map(({ text }) => text)).toEqual(['{"a":1}'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(server.sent).toHaveLength(1)
  session.close()
})

test('who never pauses is saved, too', async () => {
  const session = opened()
  for (let n = 0; n < 20; n++) {
    type(session, `{"a":${n}}`)
    await vi.advanceTimersByTimeAsync(300)
  }
  expect(server.sent.length).toBeGreaterThan(0)
  session.close()
})

test('without a server the text is kept, and sent with the same id when it is there again', async () => {
  const session = opened()
  server.reachable = false
  type(session, '{"a":1}')
  await vi.advanceTimersByTimeAsync(20_000)
  expect(session.state().sync.trouble).toEqual({ kind: 'unreachable' })
  type(session, '{"a":12}')
  await vi.advanceTimersByTimeAsync(1000)
  expect(keeperOf('user', 'pipe').read()).toMatchObject({ doc: '{"a":12}', flight: { text: '{"a":1}' } })
  server.reachable = true
  await vi.advanceTimersByTimeAsync(20_000)
  expect(new Set(server.sent.map(({ changeId }) => changeId)).size).toBe(2)
  expect(server.now.text).toBe('{"a":12}')
  expect(session.state().sync.trouble).toBeUndefined()
  expect(keeperOf('user', 'pipe').read()).toBeUndefined()
  session.close()
})

test('what was unsaved when the page was left is saved by the next one', async () => {
  server.reachable = false
  const left = opened()
  type(left, '{"a":1}')
  left.close()
  server.reachable = true
  const session = opened()
  expect(session.state().sync.doc).toBe('{"a":1}')
  await vi.advanceTimersByTimeAsync(2000)
  expect(server.now.text).toBe('{"a":1}')
  session.close()
})

test('what is typed just before the editor is closed is saved once', async () => {
  const session = opened()
  type(session, '{"a":1}')
  session.close()
  await vi.advanceTimersByTimeAsync(1000)
  expect(server.now.text).toBe('{"a":1}')
  expect(server.sent).toHaveLength(1)
  expect(keeperOf('user', 'pipe').read()).toBeUndefined()
})

test('it is told that somebody has pinned an output', () => {
  const session = opened()
  const told = vi.fn<() => void>()
  session.subscribe(told)
  server.following?.pinned?.()
  expect(told).toHaveBeenCalledOnce()
  expect(session.state().pinned).toBe(1)
  session.close()
})

test('changes of others are read, but not one by one', async () => {
  const session = opened()
  const read = vi.spyOn(server, 'read')
  for (let n = 1; n <= 20; n++) server.change(`{"a":${n}}`)
  await vi.advanceTimersByTimeAsync(2000)
  expect(session.state().sync.doc).toBe('{"a":20}')
  expect(session.state().changedBy).toBe('Grace')
  expect(read.mock.calls.length).toBeLessThan(4)
  session.close()
})

test('one says where one is, again and again', async () => {
  const session = opened()
  await vi.advanceTimersByTimeAsync(100)
  session.moveTo({ stage: 'one', field: null })
  await vi.advanceTimersByTimeAsync(11_000)
  expect(server.told.at(-1)).toEqual({ stage: 'one', field: null })
  expect(server.told.length).toBeGreaterThanOrEqual(4)
  session.close()
  const said = server.told.length
  await vi.advanceTimersByTimeAsync(20_000)
  expect(server.told).toHaveLength(said)
})

const CONNECT = [{ op: 'connect' as const, stage: 'two', on: 'one' }]

test('edits are made at once, after what was typed, and whoever made them learns of it', async () => {
  const session = opened()
  type(session, '{"a":1}')
  const outcome = session.edit(CONNECT)
  await vi.advanceTimersByTimeAsync(10)
  expect(await outcome).toEqual({ ok: true })
  expect(server.sent.map(({ kind, revision }) => [kind, revision])).toEqual([
    ['text', 0],
    ['edits', 1],
  ])
  expect(session.state().sync.doc).toBe(JSON.stringify(CONNECT))
  session.close()
})

test('edits that are refused are said where they were made, with the field', async () => {
  const session = opened()
  server.refuses = 'The id is taken'
  const outcome = session.edit([{ op: 'renameStage', stage: 'one', to: 'two' }])
  await vi.advanceTimersByTimeAsync(10)
  expect(await outcome).toEqual({ ok: false, message: 'The id is taken', field: 'to' })
  expect(session.state().sync.refusal).toBeUndefined()
  session.close()
})

test('without a server, edits outlive a reload and are made with the same id', async () => {
  server.reachable = false
  const left = opened()
  void left.edit(CONNECT)
  void left.edit([{ op: 'removeStage', stage: 'one' }])
  await vi.advanceTimersByTimeAsync(1000)
  const [{ changeId } = { changeId: '' }] = server.sent
  expect(keeperOf('user', 'pipe').read()).toMatchObject({ flight: { changeId, edits: CONNECT } })
  left.close()
  server.reachable = true
  server.sent = []
  const session = opened()
  await vi.advanceTimersByTimeAsync(2000)
  expect(server.sent.map(({ edits }) => edits?.[0]?.op)).toEqual(['connect', 'removeStage'])
  expect(server.sent[0]?.changeId).toBe(changeId)
  expect(server.now.revision).toBe(2)
  expect(keeperOf('user', 'pipe').read()).toBeUndefined()
  session.close()
})

test('a text that is not complete takes no edits', async () => {
  const session = opened()
  session.happen({ type: 'typed', text: '{"a"' })
  session.flush()
  const { flight } = session.state().sync
  session.happen({
    type: 'refused',
    changeId: flight?.changeId ?? '',
    code: 'INVALID_INPUT',
    field: 'source',
    message: 'no',
  })
  expect(await session.edit(CONNECT)).toMatchObject({ ok: false })
  expect(session.state().sync.wanted).toEqual([])
  session.close()
})
