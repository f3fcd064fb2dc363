// Refetches what other people change and nothing reports, as long as it is on the screen: not while the page is hidden,
// and at once when it becomes visible again.

import { useEffect } from 'react'

const EVERY_MS = 10_000

export function usePoll(refetch: () => void, { pause = false } = {}) {
  useEffect(() => {
    if (pause) return
    const ask = () => {
      if (!document.hidden) refetch()
    }
    const timer = setInterval(ask, EVERY_MS)
    document.addEventListener('visibilitychange', ask)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', ask)
    }
  }, [refetch, pause])
}
