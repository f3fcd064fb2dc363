// The chosen theme. `public/first.js` of an app sets it before the first paint; this module changes it later.

import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark' | 'contrast'
const KEY = 'flowmason.theme'
const listeners = new Set<() => void>()

function read(): Theme {
  const saved = localStorage.getItem(KEY)
  return saved === 'light' || saved === 'dark' || saved === 'contrast' ? saved : 'system'
}

function apply(theme: Theme) {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const contrast = matchMedia('(prefers-contrast: more)').matches
  document.documentElement.dataset.theme =
    theme === 'system' ? (contrast ? 'contrast' : dark ? 'dark' : 'light') : theme
}

export function setTheme(theme: Theme) {
  if (theme === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  apply(theme)
  for (const each of listeners) each()
}

/** Follows the system's setting until a theme is chosen. */
export function watchSystemTheme() {
  for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
    matchMedia(query).addEventListener('change', () => {
      apply(read())
      for (const each of listeners) each()
    })
  }
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, read)
}
