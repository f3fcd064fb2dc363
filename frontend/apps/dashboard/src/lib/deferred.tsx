// A part of a large page that is drawn after the rest of it is on the screen, so that no piece of work is long. One
// within another comes one step later still, and never two at once.

import { type ReactNode, startTransition, useEffect, useRef, useState } from 'react'
import { untilDrawn } from '@flowmason/pipeline-canvas'

/** Ends when the last of those that wait is drawn: parts that come together would be one long piece again. */
let last: Promise<unknown> = Promise.resolve()

export function Deferred({ children, until = null }: { children: ReactNode; until?: ReactNode }) {
  const [shown, setShown] = useState(false)
  const pass = useRef(() => {})
  useEffect(() => {
    if (shown) pass.current()
  }, [shown])
  useEffect(() => {
    let gone = false
    last = last.then(untilDrawn).then(() => {
      if (gone) return undefined
      startTransition(() => setShown(true))
      return new Promise<void>((resolve) => {
        pass.current = resolve
      })
    })
    return () => {
      gone = true
      pass.current()
    }
  }, [])
  return shown ? children : until
}
