import { expect, test, vi } from 'vitest'
import { reloadIfRestored } from './load-again.ts'

test('F10 a page that the browser has kept for the way back is loaded again', () => {
  const reload = vi.fn<() => void>()
  vi.stubGlobal('location', { reload })
  reloadIfRestored()
  const shown = (persisted: boolean) => window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }))
  shown(false)
  expect(reload).not.toHaveBeenCalled()
  shown(true)
  expect(reload).toHaveBeenCalledOnce()
  vi.unstubAllGlobals()
})
