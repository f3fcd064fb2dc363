import { useSyncExternalStore } from 'react'

/** Whether a media query holds; `wide` is the width from which the inspector stands beside the canvas. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

export const WIDE = '(min-width: 960px)'
/** Up to this width the navigation is a bar below. */
export const PHONE = '(max-width: 767.98px)'
