// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, render, screen } from '@testing-library/react'
import { Client, type ExchangeIO, Provider } from 'urql'
import { filter, map, pipe } from 'wonka'
import { afterEach, expect, test, vi } from 'vitest'
import { MemberCreations } from './member-creations.tsx'

vi.mock('@tanstack/react-router', () => ({
  Link: ({ to, children }: { to: string; children: ReactNode }) => <a href={to}>{children}</a>,
}))
afterEach(cleanup)

/** Shows what a server answers. */
function show(memberCreations: { kind: string; name: string }[] | undefined) {
  const error = { graphQLErrors: [{ message: 'no', extensions: { code: 'INTERNAL' } }] }
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      filter(({ kind }) => kind !== 'teardown'),
      map((operation) => {
        const result = memberCreations ? { data: { memberCreations } } : { error }
        return { operation, ...result, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  render(
    <Provider value={client}>
      <MemberCreations userId="user_1" />
    </Provider>,
  )
}

test('what a member set up is named, with the places where it is ended', async () => {
  show([
    { kind: 'SCIM_TOKEN', name: 'Okta' },
    { kind: 'SERVICE_ACCOUNT_KEY', name: 'nightly' },
    { kind: 'APPLICATION', name: 'Reports' },
  ])
  const rows = await screen.findAllByRole('listitem')
  expect(rows.map((row) => row.textContent)).toEqual([
    'Okta · provisioning token',
    'nightly · API key of a service account',
    'Reports · application',
  ])
  const places = screen.getAllByRole('link').map((each) => each.getAttribute('href'))
  expect(places).toEqual(['/settings/provisioning', '/settings', '/settings/applications'])
})

test('that there is nothing is said, and if it cannot be read, that it has to be looked for', async () => {
  show([])
  expect(await screen.findByText(/They set up no provisioning tokens/)).toBeTruthy()
  cleanup()
  show(undefined)
  expect(await screen.findByText(/What they set up for the organization stays/)).toBeTruthy()
})
