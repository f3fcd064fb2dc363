// An edge with a mark if only one of two versions has it.

import { memo, useContext } from 'react'
import { useStore } from 'zustand'
import { CanvasContext } from './context.ts'
import { LineEdge } from './line-edge.tsx'
import type { GraphEdge } from './model.ts'

export const MarkedEdge = memo(function MarkedEdge({ edge, path }: { edge: GraphEdge; path: string }) {
  const { store } = useContext(CanvasContext)
  const mark = useStore(store, ({ lines }) => lines?.[edge.id])
  const line = <LineEdge edge={edge} path={path} />
  return mark ? <g data-mark={mark}>{line}</g> : line
})
