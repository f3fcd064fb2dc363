// What is drawn while the pointer does something, and the listeners for it.

import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { Arrangement, Rect } from './arrange.ts'
import type { Gesture, LayerProps } from './edit-context.ts'
import { type Spot, rectOf } from './gesture-places.ts'
import { listenForEdits } from './gestures.ts'
import { useViewport } from './viewport.ts'

/** Drawn on the plane. It listens while this arrangement is shown. */
export function GestureLayer({ arrangement, graph, edit, host }: LayerProps) {
  const viewport = useViewport()
  useEffect(() => {
    const pane = host.current?.querySelector<HTMLElement>('.fm-pane')
    return pane ? listenForEdits(pane, viewport, arrangement, graph, edit) : undefined
  }, [viewport, arrangement, graph, edit, host])
  const gesture = useStore(edit.store, (state) => state.gesture)
  if (!gesture) return null
  const target = targetOf(gesture, arrangement)
  return (
    <>
      {target && <Outline place={target} className="rounded-[12px] border-copper bg-copper/5" />}
      {gesture.kind === 'frame' && (
        <Outline place={rectOf(gesture.from, gesture.to)} className="rounded-[4px] border-copper bg-copper/5" />
      )}
      {gesture.kind === 'wire' && (
        <svg className="pointer-events-none absolute top-0 left-0 size-px overflow-visible" aria-hidden="true">
          <path d={wirePath(gesture)} fill="none" stroke="var(--copper)" strokeWidth={1.5} />
        </svg>
      )}
      {gesture.kind === 'move' && (
        <span
          style={{ left: gesture.to.x + 12, top: gesture.to.y + 12 }}
          className="pointer-events-none absolute rounded-control border border-line2 bg-panel px-2 py-0.5 text-xs whitespace-nowrap shadow-float"
        >
          {gesture.stages.length === 1 ? gesture.stages[0] : `${gesture.stages.length} stages`}
        </span>
      )}
    </>
  )
}

function targetOf(gesture: Gesture, { stages, frames }: Arrangement): Rect | undefined {
  if (gesture.kind === 'wire') return gesture.over === null ? undefined : stages.get(gesture.over)
  return gesture.kind === 'move' ? (frames.get(gesture.into) ?? stages.get(gesture.into)) : undefined
}

function wirePath({ from, to, side }: { from: Spot; to: Spot; side: 'in' | 'out' }): string {
  const way = side === 'out' ? 1 : -1
  const bend = Math.max(24, Math.abs(to.x - from.x) / 2) * way
  return `M${from.x} ${from.y} C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`
}

function Outline({ place, className }: { place: Rect; className: string }) {
  const { x, y, width, height } = place
  return (
    <div
      aria-hidden="true"
      style={{ left: x - 3, top: y - 3, width: width + 6, height: height + 6 }}
      className={`pointer-events-none absolute border ${className}`}
    />
  )
}
