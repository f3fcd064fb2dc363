import { useSyncExternalStore } from 'react'

/** Whether a media query matches; from the width `wide` on, the inspector is beside the canvas. */
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
/** Up to this width the navigation is a bottom bar. */
export const PHONE = '(max-width: 767.98px)'
