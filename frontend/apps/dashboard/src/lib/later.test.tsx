import { Suspense } from 'react'
import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { later } from './later.tsx'
import { RETRY_MS } from '@flowmason/ui'

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a part needed while the server is unreachable opens automatically once the server is back', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  let away = true
  const load = vi.fn<() => Promise<{ Part: () => string }>>(() =>
    away ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve({ Part: () => 'here' }),
  )
  const Part = later(load, 'Part')
  await act(async () => {
    render(
      <Suspense fallback="on its way">
        <Part />
      </Suspense>,
    )
  })
  await act(() => vi.advanceTimersByTimeAsync(3 * RETRY_MS))
  expect(screen.getByText('on its way')).toBeTruthy()
  expect(load.mock.calls.length).toBeGreaterThan(2)
  away = false
  await act(() => vi.advanceTimersByTimeAsync(RETRY_MS))
  expect(screen.getByText('here')).toBeTruthy()
})
