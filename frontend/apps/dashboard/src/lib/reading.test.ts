// @vitest-environment happy-dom
import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ReadingOptions, useReading } from './reading.ts'
import type { Answer } from './request.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const OFFLINE: Answer<string> = { problem: { code: 'OFFLINE', message: 'The server cannot be reached.' } }

/** Reads what the test answers, one after the other. */
function reading(options: ReadingOptions<string> = {}) {
  const open: ((answer: Answer<string>) => void)[] = []
  const readerOf = () => () => new Promise<Answer<string>>((resolve) => open.push(resolve))
  const { result, rerender } = renderHook(({ read }) => useReading(read, options), {
    initialProps: { read: readerOf() },
  })
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms))
  const answer = async (at: number, given: Answer<string>) => {
    open[at]?.(given)
    await pass(0)
  }
  return { result, open, pass, answer, revise: () => rerender({ read: readerOf() }) }
}

test('what could not be read is read again, until the server responds', async () => {
  const { result, open, pass, answer } = reading()
  await pass(0)
  await answer(0, OFFLINE)
  expect(result.current.problem?.code).toBe('OFFLINE')
  await pass(3000)
  await answer(1, { data: 'one' })
  expect(result.current).toMatchObject({ data: 'one', problem: undefined })
  expect(open).toHaveLength(2)
})

test('what is refused is not read again by itself', async () => {
  const { result, open, pass, answer } = reading()
  await pass(0)
  await answer(0, { problem: { code: 'FORBIDDEN', message: 'You may not.' } })
  await pass(10_000)
  expect(result.current.problem?.code).toBe('FORBIDDEN')
  expect(open).toHaveLength(1)
})

test('several changes right after each other are read once, and an overtaken answer counts for nothing', async () => {
  const { result, open, pass, answer, revise } = reading({ quiet: 100 })
  await pass(0)
  await answer(0, { data: 'one' })
  revise()
  revise()
  await pass(150)
  expect(open).toHaveLength(2)
  revise()
  await answer(1, { data: 'three' })
  expect(result.current.data).toBe('one')
  await pass(150)
  await answer(2, { data: 'four' })
  expect(result.current.data).toBe('four')
})

test('a slow answer does not replace what was changed here meanwhile', async () => {
  const { result, open, pass, answer } = reading()
  await pass(0)
  act(() => result.current.change((before = 'nothing') => `${before}, then put`))
  await answer(0, { data: 'older' })
  expect(result.current.data).toBe('nothing, then put')
  expect(open).toHaveLength(2)
  await answer(1, { data: 'newer' })
  expect(result.current.data).toBe('newer')
})
