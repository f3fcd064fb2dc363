// @vitest-environment happy-dom
import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Pin, usePins } from './use-results.ts'

const given = vi.hoisted(() => ({ answers: [] as ((result: object) => void)[] }))
vi.mock('../../api.ts', () => ({
  api: {
    plain: { query: () => ({ toPromise: () => new Promise((resolve) => given.answers.push(resolve)) }) },
    client: { query: () => ({ toPromise: () => Promise.resolve({}) }) },
  },
}))

const pinOf = (stage: string): Pin => ({
  stage,
  output: 1,
  pinnedAt: '2026-11-30T12:00:00Z',
  pinnedBy: { kind: 'user', name: 'Ada' },
})
const read = (...pins: Pin[]) => ({ data: { pipeline: { id: 'pipe_1', draft: { revision: 1, pins } } } })
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms))
const answer = async (at: number, result: object) => {
  given.answers[at]?.(result)
  await pass(0)
}

beforeEach(() => {
  vi.useFakeTimers()
  given.answers = []
})
afterEach(() => void vi.useRealTimers())

test('pins that could not be read are read again', async () => {
  const { result } = renderHook(() => usePins('pipe_1', 1))
  await pass(1000)
  await answer(0, { error: { graphQLErrors: [], networkError: new Error('offline') } })
  await pass(3000)
  await answer(1, read(pinOf('one')))
  expect([...result.current.stages]).toEqual(['one'])
})

test('a pin that is put or dropped while the pins are read stays so', async () => {
  const { rerender, result } = renderHook(({ revision }) => usePins('pipe_1', revision), {
    initialProps: { revision: 1 },
  })
  await pass(1000)
  await answer(0, read(pinOf('one')))
  rerender({ revision: 2 })
  await pass(1000)
  act(() => result.current.put(pinOf('two')))
  act(() => result.current.drop('one'))
  await answer(1, read(pinOf('one')))
  expect([...result.current.stages]).toEqual(['two'])
  await answer(2, read(pinOf('two')))
  expect([...result.current.stages]).toEqual(['two'])
})
