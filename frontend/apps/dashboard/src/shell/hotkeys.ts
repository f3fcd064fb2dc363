// Keyboard shortcuts: single letters and two-letter sequences such as `g r`. None fires while the user types or a
// dialog is open, except Ctrl/Cmd+K.

import { useEffect, useRef } from 'react'

export type Hotkeys = Record<string, (() => void) | undefined>

const SEQUENCE_MS = 1200

function busy(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  if (target?.closest('input, textarea, select, [contenteditable="true"], .cm-content')) return true
  return document.querySelector('[role=dialog],[role=menu]') !== null
}

/** `{ 'g r': …, c: …, 'mod+k': … }` */
export function useHotkeys(keys: Hotkeys) {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    let first = ''
    let since = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const key = event.key.toLowerCase()
      if (event.ctrlKey || event.metaKey) {
        const handler = event.altKey || event.shiftKey ? undefined : latest.current[`mod+${key}`]
        if (handler) {
          event.preventDefault()
          handler()
        }
        return
      }
      if (event.altKey || busy(event)) return
      const sequence = first && event.timeStamp - since < SEQUENCE_MS ? `${first} ${key}` : ''
      const handler = (sequence && latest.current[sequence]) || latest.current[key]
      first = key
      since = event.timeStamp
      if (!handler) return
      first = ''
      event.preventDefault()
      handler()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

export const modKey = /mac/i.test(navigator.userAgent) ? '⌘' : 'Ctrl'
