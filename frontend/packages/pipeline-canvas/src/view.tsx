// What part of the canvas is seen: at open, while a run goes on, and when a stage is chosen elsewhere.

import { useCallback, useEffect, useRef } from 'react'
import { Panel, useReactFlow, useStore as useFlow, useStoreApi } from '@xyflow/react'
import { Crosshair, Maximize, Minus, Plus } from 'lucide-react'
import { IconButton, cx } from '@flowmason/ui'
import { useStore } from 'zustand'
import type { Arrangement, Rect } from './arrange.ts'
import type { CanvasState, CanvasStore } from './faces.ts'
import type { Graph } from './model.ts'
import { nearest } from './nearest.ts'

const MARGIN = 24
/** Under a note in the corner. */
const UNDER_NOTE = 46
/** Below this the figures of a card can no longer be read, so that one opens on a part instead of the whole. */
const readable = (width: number) => (width < 640 ? 0.7 : 0.8)

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Moves the view to a place, only as far as it must and only if it is not seen already. */
function useShow() {
  const flow = useReactFlow()
  const pane = useStoreApi()
  return useCallback(
    (place: Rect, jump = false) => {
      const { x, y, zoom } = flow.getViewport()
      // Read, not followed: only what is to be seen moves the view, resizing does not.
      const { width, height } = pane.getState()
      if (width === 0) return
      const [dx, dy] = [
        push(place.x * zoom + x, place.width * zoom, width),
        push(place.y * zoom + y, place.height * zoom, height),
      ]
      if (dx === 0 && dy === 0) return
      void flow.setViewport({ x: x + dx, y: y + dy, zoom }, { duration: jump || calm() ? 0 : 220 })
    },
    [flow, pane],
  )
}

/** How far something must be moved along one axis, so that it is seen with air around it. */
function push(from: number, size: number, room: number): number {
  const air = 12
  if (from >= air && from + size <= room - air) return 0
  if (size > room - 2 * air) return air - from
  // Well into the pane, so that the next one is seen as well.
  return from < air ? room * 0.25 - from : room * 0.7 - (from + size)
}

/** What matters first in a run: what failed, what runs, what waits. */
function telling(faces: CanvasState['faces'], arrangement: Arrangement): Rect | undefined {
  for (const status of ['failed', 'running', 'waiting'] as const) {
    // The innermost of them: a control stage only says what its inner stages do.
    const found = Object.keys(faces).findLast((id) => faces[id]?.status === status)
    if (found) return arrangement.stages.get(found)
  }
  return undefined
}

/** At open: the whole if it can be read, else the part that matters, else the beginning. */
export function Opening({
  arrangement,
  store,
  noted,
}: {
  arrangement: Arrangement
  store: CanvasStore
  noted: boolean
}) {
  const flow = useReactFlow()
  const show = useShow()
  const width = useFlow((state) => state.width)
  const pane = useStoreApi()
  const done = useRef<Arrangement>(undefined)
  useEffect(() => {
    const { height } = pane.getState()
    if (width === 0 || done.current === arrangement) return
    done.current = arrangement
    const top = noted ? UNDER_NOTE : MARGIN
    const room = { width: width - 2 * MARGIN, height: height - top - MARGIN }
    const fit = Math.min(room.width / arrangement.width, room.height / arrangement.height, 1)
    const zoom = Math.max(fit, readable(width))
    const first = arrangement.stages.values().next().value
    const x = arrangement.width * zoom <= room.width ? (width - arrangement.width * zoom) / 2 : MARGIN
    let y = Math.max(top, (height - arrangement.height * zoom) / 2)
    // Taller than the pane: the first stage in the middle, but no empty space above the top.
    if (arrangement.height * zoom > room.height)
      y = Math.min(top, height / 2 - ((first?.y ?? 0) + (first?.height ?? 0) / 2) * zoom)
    const viewport = flow.setViewport({ x, y, zoom })
    const { faces, selected } = store.getState()
    const place = (selected && arrangement.stages.get(selected)) || telling(faces, arrangement)
    if (place) void viewport.then(() => show(place, true))
  }, [width, arrangement, flow, pane, show, store, noted])
  return null
}

export function Zoom({
  following,
  onFollow,
}: {
  /** Whether the view stays with the run; undefined while there is nothing to follow. */
  following: boolean | undefined
  onFollow: (follow: boolean) => void
}) {
  const flow = useReactFlow()
  const zoom = useFlow((state) => state.transform[2])
  // Far away a card shows its name only, in letters that can still be read.
  const far = zoom < 0.48 ? 'very' : zoom < 0.62 ? 'yes' : 'no'
  const host = useFlow((state) => state.domNode)
  useEffect(() => {
    host?.setAttribute('data-far', far)
  }, [host, far])
  const soon = () => ({ duration: calm() ? 0 : 150 })
  return (
    <Panel position="bottom-left" className="flex items-center gap-1.5">
      <div role="group" aria-label="View" className="flex items-center rounded-control border border-line bg-panel">
        <IconButton label="Smaller" onClick={() => void flow.zoomOut(soon())}>
          <Minus size={14} aria-hidden="true" />
        </IconButton>
        <button
          type="button"
          aria-label={`${Math.round(zoom * 100)} percent: show in full size`}
          onClick={() => void flow.zoomTo(1, soon())}
          className="tnum h-7 min-w-10 rounded-control text-center text-2xs text-muted hover:text-text"
        >
          {Math.round(zoom * 100)}%
        </button>
        <IconButton label="Larger" onClick={() => void flow.zoomIn(soon())}>
          <Plus size={14} aria-hidden="true" />
        </IconButton>
        <IconButton
          label="Show everything"
          onClick={() => {
            onFollow(false)
            void flow.fitView({ padding: 0.06, maxZoom: 1, ...soon() })
          }}
        >
          <Maximize size={14} aria-hidden="true" />
        </IconButton>
      </div>
      {following !== undefined && (
        <button
          type="button"
          aria-pressed={following}
          onClick={() => onFollow(!following)}
          className={cx(
            'flex h-[30px] items-center gap-1.5 rounded-control border border-line bg-panel px-2 text-xs hover:text-text',
            following ? 'text-text' : 'text-muted',
          )}
        >
          <Crosshair size={13} className={following ? 'text-copper' : ''} aria-hidden="true" />
          {following ? 'Following' : 'Follow'}
        </button>
      )}
    </Panel>
  )
}

/** Stays with the stages that run, as long as nothing else is being looked at. */
export function FollowRun({
  arrangement,
  graph,
  store,
}: {
  arrangement: Arrangement
  graph: Graph
  store: CanvasStore
}) {
  const show = useShow()
  const flow = useReactFlow()
  const pane = useStoreApi()
  const target = useStore(store, (state) => (state.selected === null ? current(state.faces, graph) : ''))
  useEffect(() => {
    if (!target) return
    const ids = target.split('\n')
    const { x, y, zoom } = flow.getViewport()
    const { width, height } = pane.getState()
    const seen = (place: Rect) =>
      place.x * zoom + x >= 0 &&
      place.y * zoom + y >= 0 &&
      (place.x + place.width) * zoom + x <= width &&
      (place.y + place.height) * zoom + y <= height
    const places = ids.flatMap((id) => arrangement.stages.get(id) ?? [])
    const first = places[0]
    // One of them in view is enough: with many at once the view would never come to rest.
    if (first && !places.some(seen)) show(first)
  }, [target, arrangement, show, flow, pane])
  return null
}

/** The running stages, innermost only, as one text: it changes when they do. */
function current(faces: CanvasState['faces'], graph: Graph): string {
  const running = [...graph.stages.keys()].filter((id) => faces[id]?.status === 'running')
  const inner = running.filter((id) => !(graph.children.get(id) ?? []).some((child) => running.includes(child)))
  return inner.join('\n')
}

const directions: Record<string, [number, number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
}

/** The arrow keys go from the stage that has the focus to the nearest one on that side. */
export function Arrows({ arrangement }: { arrangement: Arrangement }) {
  const show = useShow()
  const host = useFlow((state) => state.domNode)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const way = directions[event.key]
      const from = (event.target as HTMLElement).dataset['stage']
      if (!way || !from || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      event.stopPropagation()
      const next = nearest(arrangement, from, way)
      const place = next === undefined ? undefined : arrangement.stages.get(next)
      if (next === undefined || !place) return
      show(place, true)
      // What was out of view is drawn first.
      requestAnimationFrame(() => host?.querySelector<HTMLElement>(`[data-stage="${CSS.escape(next)}"]`)?.focus())
    }
    host?.addEventListener('keydown', onKey)
    return () => host?.removeEventListener('keydown', onKey)
  }, [host, arrangement, show])
  return null
}

/** Brings a stage into view that was selected elsewhere (a problem, a row of the timeline) or reached by the Tab key. */
export function FollowSelection({ store, arrangement }: { store: CanvasStore; arrangement: Arrangement }) {
  const show = useShow()
  const selected = useStore(store, (state) => state.selected)
  const first = useRef(true)
  useEffect(() => {
    const place = selected ? arrangement.stages.get(selected) : undefined
    // At open the view is already there.
    if (place && !first.current) show(place)
    first.current = false
  }, [selected, arrangement, show])
  const host = useFlow((state) => state.domNode)
  useEffect(() => {
    const onFocus = (event: FocusEvent) => {
      const target = event.target as HTMLElement
      const place = arrangement.stages.get(target.dataset['stage'] ?? '')
      if (place && target.matches(':focus-visible')) show(place, true)
    }
    host?.addEventListener('focusin', onFocus)
    return () => host?.removeEventListener('focusin', onFocus)
  }, [host, arrangement, show])
  return null
}
