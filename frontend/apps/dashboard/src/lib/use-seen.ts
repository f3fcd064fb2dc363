// Whether a row of a list is in or near the viewport. Other rows render only their name, so that long lists stay cheap.

import { useCallback, useState } from 'react'

/** Rows are rendered a little before they scroll into view. */
const AHEAD = '64px 0px'

type Told = (seen: boolean) => void
/** One observer for each scroll container. */
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

/** `top` is the approximate position of the row, so that rows in view at first are rendered at once. */
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
