// Renders a part of a large page after the rest is on the screen, so that no task is long. All such parts wait in one
// queue and are rendered one at a time; a nested part joins the queue once its parent is rendered.

import { type ReactNode, startTransition, useEffect, useRef, useState } from 'react'
import { afterPaint } from '@flowmason/ui'

/** A part that is not rendered within this time no longer blocks those behind it. */
const LIMIT_MS = 1000

/** Resolves when the last part in the queue is rendered. */
let last: Promise<unknown> = Promise.resolve()

/** The part waits in the queue `steps` times, each time from its end. */
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
