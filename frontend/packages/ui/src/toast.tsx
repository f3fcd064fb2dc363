// Short notes in the corner. What shows them is loaded with the first one, not with the page.

import { Suspense, lazy, useSyncExternalStore } from 'react'
import type { Shown } from './toaster.tsx'

const Toaster = lazy(() => import('./toaster.tsx').then((module) => ({ default: module.Toaster })))

let wanted = false
const listeners = new Set<() => void>()
const stands = Promise.withResolvers<Shown>()

function show(use: (shown: Shown) => void) {
  wanted = true
  for (const each of listeners) each()
  void stands.promise.then(use)
}

export function toast(text: string) {
  show((shown) => shown(text))
}
toast.error = (text: string, more?: { description: string }) => show((shown) => shown.error(text, more))

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Once in the page; empty until there is something to say. */
export function Toasts() {
  const there = useSyncExternalStore(subscribe, () => wanted)
  return <Suspense fallback={null}>{there && <Toaster onStands={stands.resolve} />}</Suspense>
}
