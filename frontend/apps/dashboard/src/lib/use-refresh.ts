// Refetches data that has no live feed, such as sums: shortly after a change, and periodically as time passes. Not
// while the page is hidden; then once when it becomes visible again.

import { useEffect, useRef } from 'react'

/** The delay after the first change, so that a burst of changes causes one request. */
const DELAY_MS = 2000
/** The minimum time between two requests. */
const MIN_INTERVAL_MS = 15_000
/** The period of refreshes without a change: hourly counts move on with time. */
const MAX_INTERVAL_MS = 60_000

/** The delay until the next request. `last` is the time of the previous one, if there was one. */
export function nextIn(now: number, last: number | undefined, changed: boolean): number {
  if (!changed) return last === undefined ? MAX_INTERVAL_MS : Math.max(0, last + MAX_INTERVAL_MS - now)
  return last === undefined ? DELAY_MS : Math.max(DELAY_MS, last + MIN_INTERVAL_MS - now)
}

/** `signal` changes (by identity) whenever something happened. */
export function useRefresh(refetch: () => void, signal: unknown, { pause = false } = {}) {
  const last = useRef<number>(undefined)
  const seen = useRef(signal)
  const due = useRef<number>(undefined)
  useEffect(() => {
    if (pause) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const changed = seen.current !== signal
    if (changed)
      due.current = Math.min(due.current ?? Infinity, performance.now() + nextIn(performance.now(), last.current, true))
    const ask = () => {
      if (document.hidden) return
      last.current = performance.now()
      seen.current = signal
      due.current = undefined
      refetch()
      plan()
    }
    const plan = () => {
      clearTimeout(timer)
      const now = performance.now()
      const wait = due.current === undefined ? nextIn(now, last.current, false) : Math.max(0, due.current - now)
      timer = setTimeout(ask, wait)
    }
    const onLook = () => {
      if (!document.hidden) plan()
    }
    plan()
    document.addEventListener('visibilitychange', onLook)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onLook)
    }
  }, [refetch, signal, pause])
}
