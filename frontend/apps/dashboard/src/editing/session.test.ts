// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keeperOf } from './kept.ts'
import type { Answer, DraftFollowing, DraftLink, Landed, Whereabouts } from './link.ts'
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
  made = new Set<string>()

  open = () => this.read()
  read = (): Promise<Answer<Draft>> => Promise.resolve(this.reachable ? { data: this.now } : OFFLINE)
  send = (flight: Flight): Promise<Answer<Landed>> => {
    this.sent.push(flight)
    if (!this.reachable) return Promise.resolve(OFFLINE)
    if (!this.made.has(flight.changeId)) this.change(flight.text)
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
