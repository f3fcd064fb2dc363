// Waits until what was changed in the draft here is saved, because a change is made against a revision.

import type { DraftSession, Shown } from '../editing/session.ts'
import { isHeld, isUnsaved } from '../editing/sync.ts'

const PATIENCE_MS = 15_000

/** Why nothing can be made to the draft as it is. */
export function hindranceOf({ sync }: Pick<Shown, 'sync'>): string | undefined {
  if (sync.conflict) return 'You and somebody else changed the same place. Choose what stays first.'
  if (isHeld(sync)) return 'The text of the draft is not saved. Complete or correct it first.'
  if (sync.trouble?.kind === 'unreachable') return 'The server is unreachable. Try again once it responds.'
  return undefined
}

const isSettled = ({ sync }: Shown) => !isUnsaved(sync) && !sync.flight && sync.wanted.length === 0

/** Resolves once all is saved, or with the reason why it is not. */
export function settled(session: DraftSession, patience = PATIENCE_MS): Promise<string | undefined> {
  session.flush()
  return new Promise((resolve) => {
    let unsubscribe = () => {}
    let timer: ReturnType<typeof setTimeout> | undefined
    let over = false
    const end = (reason: string | undefined) => {
      over = true
      clearTimeout(timer)
      unsubscribe()
      resolve(reason)
    }
    const look = () => {
      if (over) return
      const hindrance = hindranceOf(session.state())
      if (hindrance) end(hindrance)
      else if (isSettled(session.state())) end(undefined)
    }
    unsubscribe = session.subscribe(look)
    timer = setTimeout(() => end('What you changed is not saved yet. Try again once it is.'), patience)
    look()
  })
}

const MOVED_MS = 4000

/** Reads the draft again. Whether it is at another revision then. */
export function moved(session: DraftSession, patience = MOVED_MS): Promise<boolean> {
  const { revision } = session.state().sync.base
  return new Promise((resolve) => {
    let unsubscribe = () => {}
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = (found: boolean) => {
      clearTimeout(timer)
      unsubscribe()
      resolve(found)
    }
    unsubscribe = session.subscribe(() => {
      if (session.state().sync.base.revision !== revision) end(true)
    })
    timer = setTimeout(() => end(false), patience)
    session.happen({ type: 'outdated' })
  })
}
