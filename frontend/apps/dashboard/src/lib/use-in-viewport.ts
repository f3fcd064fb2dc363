// Whether a row of a list is in or near the viewport. Other rows render only their name, so that long lists stay cheap.

import { useCallback, useState } from 'react'

/** Rows are rendered a little before they scroll into view. */
const PRERENDER_MARGIN = '64px 0px'

type Listener = (inViewport: boolean) => void
/** One observer for each scroll container. */
const observers = new WeakMap<Element, IntersectionObserver>()
const listeners = new WeakMap<Element, Listener>()

function observerOf(element: Element): IntersectionObserver {
  const root = element.closest('[data-scrolls]') ?? document.documentElement
  let observer = observers.get(root)
  if (!observer) {
    const notify = (entries: IntersectionObserverEntry[]) => {
      for (const { target, isIntersecting } of entries) listeners.get(target)?.(isIntersecting)
    }
    observer = new IntersectionObserver(notify, {
      root: root === document.documentElement ? null : root,
      rootMargin: PRERENDER_MARGIN,
    })
    observers.set(root, observer)
  }
  return observer
}

/** `top` is the approximate position of the row, so that rows in view at first are rendered at once. */
export function useInViewport(
  top: number,
): [ref: (row: Element | null) => (() => void) | undefined, inViewport: boolean] {
  const [inViewport, setInViewport] = useState(() => top < innerHeight)
  const ref = useCallback((row: Element | null) => {
    if (!row) return
    const observer = observerOf(row)
    listeners.set(row, setInViewport)
    observer.observe(row)
    return () => {
      listeners.delete(row)
      observer.unobserve(row)
    }
  }, [])
  return [ref, inViewport]
}
