// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { Client, type ExchangeIO, Provider } from 'urql'
import { filter, map, pipe } from 'wonka'
import { afterEach, expect, test } from 'vitest'
import { RequestLetters } from './request-letters.tsx'

afterEach(cleanup)

/** Shows the setting of a server that keeps it. Returns what was sent. */
function show(): boolean[] {
  const sent: boolean[] = []
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      filter(({ kind }) => kind !== 'teardown'),
      map((operation) => {
        const changes = operation.kind === 'mutation'
        if (changes) sent.push((operation.variables as { input: { wanted: boolean } }).input.wanted)
        const wanted = sent.at(-1) ?? true
        const data = changes ? { updateRequestLetters: { wanted } } : { requestLetters: wanted }
        return { operation, data, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  render(
    <Provider value={client}>
      <RequestLetters organization="Northwind" />
    </Provider>,
  )
  return sent
}

test('letters about requests are turned off and on again', async () => {
  const sent = show()
  const box = () => screen.getByRole<HTMLInputElement>('checkbox', { name: /wait for my approval/ })
  await waitFor(() => expect(box().checked).toBe(true))
  expect(screen.getByText(/In Northwind/)).toBeTruthy()
  fireEvent.click(box())
  await waitFor(() => expect(box().checked).toBe(false))
  fireEvent.click(box())
  await waitFor(() => expect(box().checked).toBe(true))
  expect(sent).toEqual([false, true])
})
