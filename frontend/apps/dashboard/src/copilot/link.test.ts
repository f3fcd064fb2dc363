// @vitest-environment happy-dom
import type { Api } from '@flowmason/graphql'
import { expect, test } from 'vitest'
import { copilotLink } from './link.ts'

const input = { exchangeId: 'exchange_1', pieces: [0], looked: [], revision: 7, changeId: 'one' }

/** What is known of an acceptance to which the server has this answer. */
function accepted(change: { revision: number } | null) {
  const data = { acceptCopilotPieces: { change, conflicts: [], claims: [] } }
  const api = { plain: { mutation: () => ({ toPromise: () => Promise.resolve({ data }) }) }, socket: {} }
  return copilotLink(api as unknown as Api).accept(input)
}

test('an acceptance has the revision that its change made, and none if nothing changed', async () => {
  expect(await accepted({ revision: 8 })).toEqual({ data: { revision: 8, meetings: [], claims: [] } })
  expect(await accepted(null)).toEqual({ data: { revision: undefined, meetings: [], claims: [] } })
})
