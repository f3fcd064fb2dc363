// A part of a large page that is drawn after the rest of it is on the screen, so that no piece of work is long. One
// within another comes one step later still.

import { type ReactNode, startTransition, useEffect, useState } from 'react'
import { untilDrawn } from '@flowmason/pipeline-canvas'

export function Deferred({ children, until = null }: { children: ReactNode; until?: ReactNode }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    let gone = false
    void untilDrawn().then(() => {
      if (!gone) startTransition(() => setShown(true))
    })
    return () => {
      gone = true
    }
  }, [])
  return shown ? children : until
}
