// @vitest-environment happy-dom
import type { ApiProblem, Follower } from '@flowmason/graphql'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DraftResults, type ResultRow, type ResultsLink, statusOfResults } from './results.ts'
import { events, parts, rowOf } from './samples.ts'

/** A server with one run, which can be cut off. */
class Server implements ResultsLink {
  row: ResultRow = rowOf()
  problem: ApiProblem | undefined
  asked: string[] = []
  followers: Follower[] = []
  read = (run: string) => {
    this.asked.push(run)
    return Promise.resolve(this.problem ? { problem: this.problem } : { data: this.row })
  }
  follow = (_run: string, follower: Follower) => {
    this.followers.push(follower)
    return () => {
      this.followers = this.followers.filter((each) => each !== follower)
    }
  }
  say(from: number, to: number) {
    for (const event of events.slice(from, to))
      for (const follower of this.followers) follower.message({ __typename: 'RunEvent', ...event } as never)
  }
}

let server: Server
const opened = () => new DraftResults('pipe_1', server, () => Promise.resolve(parts))
const settle = () => vi.advanceTimersByTimeAsync(100)

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
  server = new Server()
})
afterEach(() => vi.useRealTimers())

test('a run is followed from its first event to its last', async () => {
  const results = opened()
  results.show('run_1')
  await settle()
  expect(statusOfResults(results.store.getState())).toBe('queued')
  server.say(0, 2)
  await settle()
  expect(results.store.getState().live?.run.stages.get('one')?.status).toBe('running')
  server.say(2, 6)
  await settle()
  expect(statusOfResults(results.store.getState())).toBe('failed')
})

test('a part of a journal is not shown, since it would look like a run in progress', async () => {
  server.row = rowOf({ status: 'FAILED', lastSeq: 6 })
  const results = opened()
  results.show('run_1')
  await settle()
  server.say(0, 3)
  await vi.advanceTimersByTimeAsync(2000)
  expect(results.store.getState().live).toBeUndefined()
  expect(statusOfResults(results.store.getState())).toBe('failed')
  server.say(3, 6)
  await settle()
  expect(results.store.getState().live?.run.seq).toBe(6)
})

test('a stream that ends early is followed again after the last event, and one that is over is not', async () => {
  const results = opened()
  results.show('run_1')
  await settle()
  server.say(0, 3)
  await settle()
  server.followers[0]?.complete()
  await vi.advanceTimersByTimeAsync(1500)
  expect(server.followers.map((each) => each.after())).toEqual([3])
  server.say(3, 6)
  await settle()
  const [last] = server.followers
  server.followers = []
  last?.complete()
  await vi.advanceTimersByTimeAsync(5000)
  expect(server.followers).toEqual([])
})

test('without a connection, the results stay and are asked for again', async () => {
  server.problem = { code: 'OFFLINE', message: 'The server cannot be reached.' }
  const results = opened()
  results.show('run_1')
  await settle()
  expect(results.store.getState().problem?.code).toBe('OFFLINE')
  server.problem = undefined
  await vi.advanceTimersByTimeAsync(3000)
  expect(results.store.getState().row?.id).toBe('run_1')
  expect(results.store.getState().problem).toBeUndefined()
})

test('the run that is shown is shown again after a reload, until it is cleared', async () => {
  opened().show('run_1')
  const second = opened()
  second.open()
  await settle()
  expect(second.store.getState().row?.id).toBe('run_1')
  second.clear()
  expect(second.store.getState().id).toBeUndefined()
  expect(server.followers).toHaveLength(1)
  const third = opened()
  third.open()
  expect(third.store.getState().id).toBeUndefined()
})

test('a run of another pipeline is not shown', async () => {
  server.row = rowOf({ pipeline: { id: 'pipe_2' } })
  const results = opened()
  results.show('run_1')
  await settle()
  expect(results.store.getState().problem?.message).toBe('That run is of another pipeline.')
  expect(server.followers).toEqual([])
})

test('what was shown before says nothing any more once another run is shown', async () => {
  const results = opened()
  results.show('run_1')
  await settle()
  const [first] = server.followers
  server.row = rowOf({ id: 'run_2' })
  results.show('run_2')
  await settle()
  first?.message({ __typename: 'RunEvent', ...events[0] } as never)
  await settle()
  expect(results.store.getState().live?.run.seq).toBe(0)
})
