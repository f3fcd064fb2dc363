// @vitest-environment happy-dom
import { CombinedError } from 'urql'
import type { Api } from '@flowmason/graphql'
import { expect, test, vi } from 'vitest'
import { isTemporary } from '../lib/request.ts'
import { draftLink } from './link.ts'
import type { Flight } from './sync.ts'

const flight: Flight = { changeId: '1', kind: 'text', revision: 0, text: '{}', lost: 0 }
const fields = {
  revision: 2,
  source: '{}',
  behind: false,
  baseVersion: { id: 'ver_1', number: 3 },
  unsaved: [{ author: { kind: 'api_key', name: 'ci' }, own: false, changes: 2 }],
  history: { canUndo: true, canRedo: false },
}

/** A connection whose every request has this result. */
function linkOf(result: { data?: unknown; error?: CombinedError }) {
  const asked = vi.fn<() => void>()
  const request = () => ({ toPromise: () => Promise.resolve(result) })
  const seen = () => {
    asked()
    return request()
  }
  const api = { plain: { mutation: request, query: request }, client: { query: seen }, socket: {} }
  return { link: draftLink(api as unknown as Api, 'pipe_1'), asked }
}

const refusal = (extensions: Record<string, unknown>) =>
  new CombinedError({ graphQLErrors: [{ message: 'source: no', extensions }] })

test('an answer is the draft, with whose changes are in it', async () => {
  const { link } = linkOf({ data: { setDraftText: { draft: fields, conflicts: [] } } })
  expect(await link.send(flight)).toEqual({
    data: {
      draft: {
        revision: 2,
        text: '{}',
        about: {
          baseNumber: 3,
          behind: false,
          unsaved: [{ name: 'key ci', own: false, changes: 2 }],
          canUndo: true,
          canRedo: false,
        },
      },
      meetings: [],
    },
  })
})

test('a refusal has its code and field, and a lost answer is temporary', async () => {
  const refused = await linkOf({ error: refusal({ code: 'INVALID_INPUT', field: 'source' }) }).link.send(flight)
  expect(refused).toMatchObject({ problem: { code: 'INVALID_INPUT', field: 'source' } })
  const lost = await linkOf({ error: new CombinedError({ networkError: new Error('gone') }) }).link.send(flight)
  expect(lost).toMatchObject({ problem: { code: 'OFFLINE' } })
  for (const code of ['OFFLINE', 'UNAVAILABLE', 'HTTP_503']) expect(isTemporary(code)).toBe(true)
  for (const code of ['INVALID_INPUT', 'FORBIDDEN', 'PRECONDITION_FAILED']) expect(isTemporary(code)).toBe(false)
})

test('a pipeline without a draft is told from a server that does not answer', async () => {
  const { link } = linkOf({ data: { pipeline: { id: 'pipe_1', draft: null } } })
  expect(await link.read()).toMatchObject({ problem: { code: 'NOT_FOUND' } })
})

test('that the session has ended is noticed', async () => {
  const { link, asked } = linkOf({ error: refusal({ code: 'UNAUTHENTICATED' }) })
  await link.send(flight)
  expect(asked).toHaveBeenCalledOnce()
})
