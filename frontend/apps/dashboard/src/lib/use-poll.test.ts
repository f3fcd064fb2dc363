// @vitest-environment happy-dom
import { renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { usePoll } from './use-poll.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what others change is asked for again and again, until it is left', () => {
  const refetch = vi.fn<() => void>()
  const { unmount } = renderHook(() => usePoll(refetch))
  vi.advanceTimersByTime(20_000)
  expect(refetch).toHaveBeenCalledTimes(2)
  unmount()
  vi.advanceTimersByTime(60_000)
  expect(refetch).toHaveBeenCalledTimes(2)
})

test('nothing is asked for while there is nothing to wait for', () => {
  const refetch = vi.fn<() => void>()
  renderHook(() => usePoll(refetch, { pause: true }))
  vi.advanceTimersByTime(60_000)
  expect(refetch).not.toHaveBeenCalled()
})
