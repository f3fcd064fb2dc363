// Marks an edge that only one of two versions has.

import { type ReactNode, useContext } from 'react'
import { useStore } from 'zustand'
import { CanvasContext } from './context.ts'

export function EdgeMark({ edge, children }: { edge: string; children: ReactNode }) {
  const { store } = useContext(CanvasContext)
  const mark = useStore(store, ({ lines }) => lines?.[edge])
  return mark ? <g data-mark={mark}>{children}</g> : children
}
