// The focus goes to an item itself when what had it there disappears, such as the button that was pressed. Otherwise the
// next Tab begins somewhere else on the page.

import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from 'react'

export interface FocusHome<T> {
  ref: RefObject<T | null>
  tabIndex: -1
  onFocus: (event: FocusEvent) => void
  onBlur: (event: FocusEvent) => void
}

/** To be spread over the item. */
export function useFocusHome<T extends HTMLElement>(): FocusHome<T> {
  const ref = useRef<T>(null)
  const focused = useRef<Element | null>(null)
  useLayoutEffect(() => {
    if (!focused.current || focused.current.isConnected) return
    focused.current = null
    if (document.activeElement === document.body) ref.current?.focus()
  })
  return {
    ref,
    tabIndex: -1,
    onFocus: ({ target }) => {
      focused.current = target
    },
    onBlur: ({ target }) => {
      // Some browsers tell of a blur when an element is removed, too; after the commit it is known which one this was.
      queueMicrotask(() => {
        if (target.isConnected && focused.current === target) focused.current = null
      })
    },
  }
}
