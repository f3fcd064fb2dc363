// A part of a large page that is drawn after the rest of it is on the screen, so that no piece of work is long. All
// such parts wait in one queue and are drawn one at a time; one within another joins the queue once that is drawn.

import { type ReactNode, startTransition, useEffect, useRef, useState } from 'react'
import { afterPaint } from '@flowmason/ui'

/** A part that is not drawn by then no longer holds up those behind it. */
const LIMIT_MS = 1000

/** Ends when the last part in the queue is drawn. */
let last: Promise<unknown> = Promise.resolve()

/** The part waits for its turn `steps` times, each time at the end of the queue. */
export function Deferred({ children, steps = 1 }: { children: ReactNode; steps?: number }) {
  const [shown, setShown] = useState(false)
  const pass = useRef(() => {})
  useEffect(() => {
    if (shown) pass.current()
  }, [shown])
  useEffect(() => {
    let gone = false
    const draw = () =>
      new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, LIMIT_MS)
        pass.current = () => {
          clearTimeout(limit)
          resolve()
        }
        startTransition(() => setShown(true))
      })
    const wait = (left: number) => {
      last = last.then(afterPaint).then(() => {
        if (gone) return undefined
        if (left <= 1) return draw()
        wait(left - 1)
        return undefined
      })
    }
    wait(steps)
    return () => {
      gone = true
      pass.current()
    }
  }, [steps])
  return shown && children
}
