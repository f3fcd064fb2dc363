// @vitest-environment happy-dom
import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Answer } from '../lib/request.ts'
import type { DraftFollowing, DraftLink } from './link.ts'
import type { Draft } from './sync.ts'
import { useDraftReader } from './use-draft-reader.ts'

const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
const draft = (revision: number): Draft => ({ revision, text: `{"n":${revision}}`, about })

function linkOf(answers: Answer<Draft>[]) {
  const following: { now?: DraftFollowing } = {}
  const link: DraftLink = {
    open: () => Promise.reject(new Error('it is not opened')),
    read: () => Promise.resolve(answers.shift() ?? { problem: { code: 'OFFLINE', message: '' } }),
    send: () => Promise.reject(new Error('nothing is sent')),
    present: () => {},
    follow: (next) => {
      following.now = next
      return () => {}
    },
  }
  return { link, following }
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

test('a draft is read, and again when somebody has changed it', async () => {
  const { link, following } = linkOf([{ data: draft(1) }, { data: draft(3) }])
  const { result } = renderHook(() => useDraftReader(link))
  await pass(0)
  expect(result.current.draft?.text).toBe('{"n":1}')
  const by = { name: 'Grace', own: false }
  for (const revision of [1, 2, 3]) following.now?.changed(revision, by)
  await pass(1000)
  expect(result.current.draft?.text).toBe('{"n":3}')
})

test('that there is no draft is no problem', async () => {
  const { link } = linkOf([{ problem: { code: 'NOT_FOUND', message: 'There is none.' } }])
  const { result } = renderHook(() => useDraftReader(link))
  await pass(0)
  expect(result.current).toMatchObject({ draft: null, problem: undefined })
})

test('what is shown stays while the server cannot be reached', async () => {
  const { link, following } = linkOf([{ data: draft(1) }])
  const { result } = renderHook(() => useDraftReader(link))
  await pass(0)
  following.now?.based()
  await pass(100)
  expect(result.current.draft?.text).toBe('{"n":1}')
  expect(result.current.problem).toBeUndefined()
})
