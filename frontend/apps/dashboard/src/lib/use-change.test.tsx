// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { act, renderHook } from '@testing-library/react'
import { Client, type ExchangeIO, Provider, gql } from 'urql'
import { map, pipe } from 'wonka'
import { beforeEach, expect, test, vi } from 'vitest'
import { useChange } from './use-change.ts'

const ask = vi.hoisted(() => vi.fn<() => Promise<boolean>>())
vi.mock('../step-up/ask.tsx', () => ({ askForProof: ask }))

const CHANGE = gql`
  mutation {
    change
  }
`

/** Renders the hook with a server that answers with these error codes in turn, then with success. */
function change(codes: string[]) {
  const sent: string[] = []
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      map((operation) => {
        const code = codes[sent.length]
        sent.push(code ?? 'ok')
        const error = code ? { graphQLErrors: [{ message: code, extensions: { code } }] } : undefined
        return { operation, data: code ? undefined : { change: true }, error, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={client}>{children}</Provider>
  const { result } = renderHook(() => useChange(CHANGE, { inPlace: true }), { wrapper })
  return { sent, result }
}

beforeEach(() => ask.mockReset())

test('a change that needs a fresh proof is repeated once after it', async () => {
  ask.mockResolvedValue(true)
  const { sent, result } = change(['STEP_UP_REQUIRED'])
  const done = await act(() => result.current.run({}))
  expect(done).toEqual({ change: true })
  expect(sent).toEqual(['STEP_UP_REQUIRED', 'ok'])
  expect(result.current.problem).toBeUndefined()
})

test('without a proof, or if the server wants another, the refusal is shown', async () => {
  for (const [proved, codes] of [
    [false, ['STEP_UP_REQUIRED']],
    [true, ['STEP_UP_REQUIRED', 'STEP_UP_REQUIRED']],
  ] as const) {
    ask.mockReset()
    ask.mockResolvedValue(proved)
    const { sent, result } = change([...codes])
    expect(await act(() => result.current.run({}))).toBeUndefined()
    expect(sent).toEqual(codes)
    expect(ask).toHaveBeenCalledTimes(1)
    expect(result.current.problem?.code).toBe('STEP_UP_REQUIRED')
  }
})

test('other refusals ask for nothing', async () => {
  const { sent, result } = change(['FORBIDDEN'])
  await act(() => result.current.run({}))
  expect(sent).toEqual(['FORBIDDEN'])
  expect(ask).not.toHaveBeenCalled()
})
