// Asks again for what cannot be followed live, such as sums: a while after something happened, and now and then
// because time goes on. Not while nobody looks; then once, when the page is looked at again.

import { useEffect, useRef } from 'react'

/** After the first sign of a change, so that a burst of them is one question. */
const SOON_MS = 2000
/** From one question to the next, however much happens. */
const APART_MS = 15_000
/** What is counted by the hour moves on by itself. */
const AT_LEAST_MS = 60_000

/** When to ask again, counted from now. `last` is when it was asked, or `undefined`. */
export function nextIn(now: number, last: number | undefined, changed: boolean): number {
  if (!changed) return last === undefined ? AT_LEAST_MS : Math.max(0, last + AT_LEAST_MS - now)
  return last === undefined ? SOON_MS : Math.max(SOON_MS, last + APART_MS - now)
}

/** `signal` is another value (by identity) whenever something happened. */
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
