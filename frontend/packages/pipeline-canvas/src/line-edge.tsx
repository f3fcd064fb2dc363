// An edge. It is animated while its target runs, and dotted if the path was not taken.

import { memo, useContext } from 'react'
import type { Status } from '@flowmason/ui'
import { useStore } from 'zustand'
import { CanvasContext } from './context.ts'
import { EditContext, NO_EDIT } from './edit-context.ts'
import type { EdgeText, GraphEdge } from './model.ts'

function edgeState(source: Status | undefined, target: Status | undefined): string | undefined {
  if (target === 'running') return 'moving'
  if (target === 'waiting') return 'waiting'
  if (target === 'skipped' || source === 'skipped') return 'not-taken'
  return undefined
}

export const LineEdge = memo(function LineEdge({ edge, path }: { edge: GraphEdge; path: string }) {
  const { store } = useContext(CanvasContext)
  const state = useStore(store, ({ faces }) => edgeState(faces[edge.source]?.status, faces[edge.target]?.status))
  const edit = useContext(EditContext)
  const selected = useStore((edit ?? NO_EDIT).store, (each) => each.edge === edge.id)
  if (!edit) return <path d={path} className="fm-edge" data-state={state} />
  return (
    <>
      <path d={path} className="fm-edge" data-state={state} data-selected={selected || undefined} />
      <path d={path} className="fm-edge-hit" data-edge={edge.id} />
    </>
  )
})

/** The label of an edge with the names of its branches. */
export function EdgeLabel({ label: { text, all }, x, y }: { label: EdgeText; x: number; y: number }) {
  return (
    <span
      style={{ left: x, top: y }}
      title={all}
      className="fm-label absolute -translate-1/2 rounded-[4px] bg-bg px-1 text-2xs whitespace-nowrap text-muted"
    >
      {text}
      {all && <span className="sr-only">: {all}</span>}
    </span>
  )
}
