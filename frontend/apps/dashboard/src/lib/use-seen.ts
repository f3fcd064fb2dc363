// Whether a row of a list is in view or nearly: one that is not draws only its name, so that a list costs what is seen.

import { useCallback, useState } from 'react'

/** Rows are filled a little before they are scrolled into view. */
const AHEAD = '64px 0px'

type Told = (seen: boolean) => void
/** One observer for each part of the page that scrolls. */
const observers = new WeakMap<Element, IntersectionObserver>()
const told = new WeakMap<Element, Told>()

function observerOf(element: Element): IntersectionObserver {
  const root = element.closest('[data-scrolls]') ?? document.documentElement
  let observer = observers.get(root)
  if (!observer) {
    const tell = (entries: IntersectionObserverEntry[]) => {
      for (const { target, isIntersecting } of entries) told.get(target)?.(isIntersecting)
    }
    observer = new IntersectionObserver(tell, {
      root: root === document.documentElement ? null : root,
      rootMargin: AHEAD,
    })
    observers.set(root, observer)
  }
  return observer
}

/** `top` is where the row will be, roughly: what is seen at once is drawn at once. */
export function useSeen(top: number): [ref: (row: Element | null) => (() => void) | undefined, seen: boolean] {
  const [seen, setSeen] = useState(() => top < innerHeight)
  const ref = useCallback((row: Element | null) => {
    if (!row) return
    const observer = observerOf(row)
    told.set(row, setSeen)
    observer.observe(row)
    return () => {
      told.delete(row)
      observer.unobserve(row)
    }
  }, [])
  return [ref, seen]
}
