import { afterEach, expect, test, vi } from 'vitest'
import { createSocket, useLink } from './live.ts'

const made = vi.hoisted(() => ({ subscribe: vi.fn<() => () => void>(), on: vi.fn<() => void>(), urls: [] as string[] }))
vi.mock('./socket-client.ts', () => ({
  connect: (url: string) => {
    made.urls.push(url)
    return made
  },
}))

afterEach(() => {
  made.urls.length = 0
  vi.clearAllMocks()
  useLink.setState({ state: 'idle' })
})

const sink = { next: () => {}, error: () => {}, complete: () => {} }

test('the client of the socket is loaded with the first subscription, once', async () => {
  const ended = vi.fn<() => void>()
  made.subscribe.mockReturnValue(ended)
  const socket = createSocket('ws://127.0.0.1/graphql/ws', () => null)
  expect(made.urls).toEqual([])
  const ends = [socket.subscribe({ query: 'a' }, sink), socket.subscribe({ query: 'b' }, sink)]
  await vi.waitFor(() => expect(made.subscribe).toHaveBeenCalledTimes(2))
  expect(made.urls).toEqual(['ws://127.0.0.1/graphql/ws'])
  for (const end of ends) end()
  expect(ended).toHaveBeenCalledTimes(2)
})

test('a subscription that ended before the client was loaded is never made', async () => {
  made.subscribe.mockReturnValue(() => {})
  const socket = createSocket('ws://127.0.0.1/graphql/ws', () => null)
  socket.subscribe({ query: 'a' }, sink)()
  socket.subscribe({ query: 'b' }, sink)
  await vi.waitFor(() => expect(made.subscribe).toHaveBeenCalledTimes(1))
  expect(made.subscribe).toHaveBeenCalledWith({ query: 'b' }, sink)
})
