import { expect, test, vi } from 'vitest'
import { actAs, createApi } from './client.ts'

vi.mock('./live.ts', () => ({ createSocket: () => ({}) }))

test('F11 the requests of a page name the person whom it showed first', async () => {
  const answer = () => new Response('{"data":{}}', { headers: { 'content-type': 'application/json' } })
  const fetched = vi.fn<typeof fetch>(() => Promise.resolve(answer()))
  vi.stubGlobal('fetch', fetched)
  const { plain } = createApi(
    () => {},
    () => {},
  )
  const named = async () => {
    await plain.query('{ __typename }', {}).toPromise()
    return new Headers(fetched.mock.calls.at(-1)?.[1]?.headers).get('x-flowmason-person')
  }
  expect(await named()).toBeNull()
  actAs('user_1')
  expect(await named()).toBe('user_1')
  actAs('user_2')
  expect(await named()).toBe('user_1')
  vi.unstubAllGlobals()
})
