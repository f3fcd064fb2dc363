// Keeps the keyboard focus in a group of actions when the one that has it disappears, such as Cancel when a run ends.
// Otherwise the next Tab begins somewhere else on the page. The first action gets the focus: let it be one that asks
// before it does anything, since a key that was meant for the old action may still come.

import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from 'react'

export interface KeptFocus<T> {
  ref: RefObject<T | null>
  onFocus: (event: FocusEvent) => void
  onBlur: (event: FocusEvent) => void
}

/** To be spread over the element around the actions. */
export function useKeptFocus<T extends HTMLElement>(): KeptFocus<T> {
  const ref = useRef<T>(null)
  const focused = useRef<Element | null>(null)
  useLayoutEffect(() => {
    if (!focused.current || focused.current.isConnected) return
    focused.current = null
    if (document.activeElement !== document.body) return
    ref.current?.querySelector<HTMLElement>('a[href], button:not(:disabled)')?.focus()
  })
  return {
    ref,
    onFocus: (event) => {
      focused.current = event.target
    },
    onBlur: (event) => {
      const { target } = event
      // Some browsers tell of a blur when an element is removed, too; after the commit it is known which one this was.
      queueMicrotask(() => {
        if (target.isConnected && focused.current === target) focused.current = null
      })
    },
  }
}
