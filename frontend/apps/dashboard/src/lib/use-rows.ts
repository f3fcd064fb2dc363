// j / k move through the rows of a list. A row is a link or a button, so that Enter opens it, or has buttons, which
// Tab reaches from it.

import { useRef } from 'react'
import { useHotkeys } from '../shell/hotkeys.ts'

export function useRows<E extends HTMLElement>() {
  const list = useRef<E>(null)
  const step = (by: number) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
    const at = rows.findIndex((row) => row.contains(document.activeElement))
    rows[at === -1 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus()
  }
  useHotkeys({ j: () => step(1), k: () => step(-1) })
  return list
}
