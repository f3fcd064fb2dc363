// Toasts. The library behind them is loaded after the page but before it is needed: above all, it must be able to
// report that the server cannot be reached.

import { type ComponentType, useEffect, useState } from 'react'
import { loadUntilThere } from './load-again.ts'
import { Ticked } from './ticked.tsx'
import type { Shown, ToasterProps } from './toaster.tsx'

const PRELOAD_DELAY_MS = 1200

let stand: (shown: Shown) => void = () => {}
const stands = new Promise<Shown>((resolve) => {
  stand = resolve
})

const show = (use: (shown: Shown) => void) => void stands.then(use)

/** An action in the toast, such as undo. */
export interface ToastAction {
  label: string
  run: () => void
}

/** How long a toast with an action stays: long enough to read, decide and reach the button. */
const WITH_ACTION_MS = 12_000

export function toast(text: string, action?: ToastAction) {
  show((shown) =>
    shown(text, action ? { action: { label: action.label, onClick: action.run }, duration: WITH_ACTION_MS } : {}),
  )
}
toast.error = (text: string, more?: { description: string }) =>
  show((shown) => shown.error(<Ticked text={text} />, more && { description: <Ticked text={more.description} /> }))

/** Rendered once in the page. */
export function Toasts() {
  const [Toaster, setToaster] = useState<ComponentType<ToasterProps>>()
  useEffect(() => {
    // Without the server the library cannot be loaded; toasts wait for it.
    const load = async () => {
      const module = await loadUntilThere(() => import('./toaster.tsx'))
      setToaster(() => module.Toaster)
    }
    const timer = setTimeout(() => void load(), PRELOAD_DELAY_MS)
    return () => clearTimeout(timer)
  }, [])
  return Toaster ? <Toaster onStands={stand} /> : null
}
