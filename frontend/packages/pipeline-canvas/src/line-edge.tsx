// An edge is quiet. While its target runs, data is in motion; a path not taken is dotted.

import { memo, useContext } from 'react'
import { EdgeLabelRenderer, type EdgeProps, getBezierPath } from '@xyflow/react'
import type { Status } from '@flowmason/ui'
import { useStore } from 'zustand'
import { CanvasContext } from './context.ts'
import { type Turn, turnPath } from './fold.ts'

function edgeState(source: Status | undefined, target: Status | undefined): string | undefined {
  if (target === 'running') return 'moving'
  if (target === 'waiting') return 'waiting'
  if (target === 'skipped' || source === 'skipped') return 'not-taken'
  return undefined
}

export const LineEdge = memo(function LineEdge(props: EdgeProps) {
  const { store } = useContext(CanvasContext)
  const { from, to, label, turn } = props.data as { from: string; to: string; label?: string; turn?: Turn }
  const state = useStore(store, ({ faces }) => edgeState(faces[from]?.status, faces[to]?.status))
  const [straight, x, y] = getBezierPath({ ...props, curvature: 0.3 })
  const { sourceX, sourceY, targetX, targetY } = props
  const path = turn === undefined ? straight : turnPath(sourceX, sourceY, targetX, targetY, turn)
  return (
    <>
      <path d={path} className="fm-edge" data-state={state} />
      {label && (
        <EdgeLabelRenderer>
          <span
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            className="absolute rounded-[4px] bg-bg px-1 text-2xs text-muted"
          >
            {label}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  )
})
