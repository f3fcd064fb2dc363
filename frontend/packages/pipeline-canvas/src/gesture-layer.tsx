// What is drawn while the pointer does something, and the listeners for it. Cards that are moved are shifted by their
// style: nothing is laid out before they are dropped.

import { useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import type { Arrangement, Rect } from './arrange.ts'
import type { Gesture, LayerProps, Shift } from './edit-context.ts'
import { type Spot, rectOf } from './gesture-places.ts'
import { listenForEdits } from './gestures.ts'
import { curve, endsOf } from './lines.ts'
import { withInside } from './moving.ts'
import { NotesLayer } from './notes-layer.tsx'
import { useViewport } from './viewport.ts'

/** With more lines than this, those of moved cards are only faint. */
const MOST_LINES = 200

/** Drawn on the plane. It listens while this arrangement is shown. */
export function GestureLayer(props: LayerProps) {
  const { arrangement, graph, edit, host } = props
  const viewport = useViewport()
  useEffect(() => {
    const pane = host.current?.querySelector<HTMLElement>('.fm-pane')
    return pane ? listenForEdits(pane, viewport, arrangement, graph, edit) : undefined
  }, [viewport, arrangement, graph, edit, host])
  useLayoutEffect(() => {
    // What was dropped is there now.
    edit.store.setState({ shift: null })
    edit.onLaidOut(arrangement, graph, viewport)
  }, [arrangement, graph, viewport, edit])
  const gesture = useStore(edit.store, (state) => state.gesture)
  const target = gesture && targetOf(gesture, arrangement)
  return (
    <>
      <NotesLayer edit={edit} />
      <Moved {...props} gesture={gesture} />
      {target && <Outline place={target} className="rounded-[12px] border-copper bg-copper/5" />}
      {gesture?.kind === 'frame' && (
        <Outline place={rectOf(gesture.from, gesture.to)} className="rounded-[4px] border-copper bg-copper/5" />
      )}
      {gesture?.kind === 'wire' && (
        <svg className="pointer-events-none absolute top-0 left-0 size-px overflow-visible" aria-hidden="true">
          <path d={wirePath(gesture)} fill="none" stroke="var(--copper)" strokeWidth={1.5} />
        </svg>
      )}
      {gesture?.kind === 'move' && gesture.stages.length > 1 && (
        <span
          style={{ left: gesture.to.x + 12, top: gesture.to.y + 12 }}
          className="pointer-events-none absolute rounded-control border border-line2 bg-panel px-2 py-0.5 text-xs whitespace-nowrap shadow-float"
        >
          {`${gesture.stages.length} stages`}
        </span>
      )}
    </>
  )
}

const NOBODY: readonly string[] = []

/** Shifts the cards that are moved, or were dropped and are not laid out yet, and draws their lines. */
function Moved({ arrangement, graph, edit, host, gesture }: LayerProps & { gesture: Gesture | null }) {
  const shift = useStore(edit.store, (state) => state.shift)
  const dragged = gesture?.kind === 'move' ? gesture : undefined
  const chosen = dragged?.stages ?? shift?.stages ?? NOBODY
  const stages = useMemo(() => withInside(graph, chosen), [graph, chosen])
  const { dx, dy } = dragged
    ? { dx: dragged.to.x - dragged.from.x, dy: dragged.to.y - dragged.from.y }
    : (shift ?? STILL)
  const lines = useMemo(
    () => (stages.size === 0 ? [] : graph.edges.filter((edge) => stages.has(edge.source) || stages.has(edge.target))),
    [graph, stages],
  )
  const elements = useRef<HTMLElement[]>([])
  useLayoutEffect(() => {
    const pane = host.current?.querySelector<HTMLElement>('.fm-pane')
    if (stages.size === 0 || !pane) return
    const cards = [...pane.querySelectorAll<HTMLElement>('[data-stage]')]
    const frames = [...pane.querySelectorAll<HTMLElement>('[data-frame]')]
    const moved = [
      ...cards.flatMap((card) => (stages.has(card.dataset['stage'] ?? '') ? (card.parentElement ?? []) : [])),
      ...frames.filter((frame) => stages.has(frame.dataset['frame'] ?? '')),
    ]
    const faint = new Set(lines.map(({ id }) => id))
    const paths = [...pane.querySelectorAll<SVGElement>('[data-edge]')].flatMap((path) => {
      const line = path.previousElementSibling
      return faint.has(path.dataset['edge'] ?? '') && line instanceof SVGElement ? [line] : []
    })
    for (const path of paths) path.style.opacity = '0.2'
    elements.current = moved
    return () => {
      for (const element of moved) element.style.translate = ''
      for (const path of paths) path.style.opacity = ''
      elements.current = []
    }
  }, [stages, lines, arrangement, host])
  useLayoutEffect(() => {
    shiftBy(elements.current, dx, dy)
  }, [dx, dy, stages, lines, arrangement])
  if (lines.length === 0 || lines.length > MOST_LINES) return null
  return (
    <svg className="pointer-events-none absolute top-0 left-0 size-px overflow-visible" aria-hidden="true">
      {lines.map((edge) => {
        const ends = endsOf(arrangement, edge)
        if (!ends) return null
        const [x1, y1, x2, y2] = ends
        const [from, to] = [stages.has(edge.source) ? 1 : 0, stages.has(edge.target) ? 1 : 0]
        return (
          <path
            key={edge.id}
            d={curve(x1 + dx * from, y1 + dy * from, x2 + dx * to, y2 + dy * to)}
            className="fm-edge"
          />
        )
      })}
    </svg>
  )
}

function shiftBy(elements: readonly HTMLElement[], dx: number, dy: number) {
  for (const element of elements) element.style.translate = `${dx}px ${dy}px`
}

const STILL: Omit<Shift, 'stages'> = { dx: 0, dy: 0 }

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
