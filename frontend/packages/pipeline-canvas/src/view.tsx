// Controls the visible part of the canvas: at opening, while a run is followed, and when a stage is selected elsewhere.

import { type ReactNode, type RefObject, useCallback, useEffect, useRef } from 'react'
import { Crosshair, Map, Maximize, Minus, Plus } from 'lucide-react'
import { IconButton, cx } from '@flowmason/ui'
import { useStore } from 'zustand'
import type { Arrangement, Rect } from './arrange.ts'
import type { CanvasState, CanvasStore } from './faces.ts'
import type { Graph } from './model.ts'
import { nearest } from './nearest.ts'
import { type View, useView, useViewport } from './viewport.ts'

const MARGIN = 24
/** The zoom from which on the names on cards are readable (text gets larger as cards get smaller). If the whole needs
 * less, the canvas opens on a part. */
export const READABLE = 0.5
/** The zoom for a part, at which the figures on cards are readable too. */
const near = (width: number) => (width < 640 ? 0.7 : 0.8)

/** The zoom at which everything fits into a pane of this size, at most 1. */
export const fitOf = (at: { width: number; height: number }, pane: { width: number; height: number }): number =>
  Math.min(pane.width / Math.max(1, at.width), pane.height / Math.max(1, at.height), 1)

/** Whether everything is in view. */
export const isWhole = (at: Rect, { x, y, zoom, width, height }: View): boolean =>
  at.x * zoom + x >= -1 &&
  at.y * zoom + y >= -1 &&
  (at.x + at.width) * zoom + x <= width + 1 &&
  (at.y + at.height) * zoom + y <= height + 1

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Scrolls a place into view, only as far as necessary and only if it is not visible already. */
export function useShow() {
  const view = useViewport()
  return useCallback(
    (place: Rect, jump = false) => {
      // Read without subscribing: a new place moves the view, resizing does not.
      const { x, y, zoom, width, height } = view.store.getState()
      if (width === 0) return
      const dx = push(place.x * zoom + x, place.width * zoom, width)
      const dy = push(place.y * zoom + y, place.height * zoom, height)
      if (dx === 0 && dy === 0) return
      view.move({ x: x + dx, y: y + dy }, jump || calm() ? 0 : 220)
    },
    [view],
  )
}

/** The distance to move along one axis, so that something is visible with a margin around it. */
function push(from: number, size: number, room: number): number {
  const air = 12
  if (from >= air && from + size <= room - air) return 0
  if (size > room - 2 * air) return air - from
  // Well inside the pane, so that the next stage is visible as well.
  return from < air ? room * 0.25 - from : room * 0.7 - (from + size)
}

/** The most relevant stage of a run: a failed one, else a running one, else a waiting one. */
function mostRelevantPlace(faces: CanvasState['faces'], arrangement: Arrangement): Rect | undefined {
  for (const status of ['failed', 'running', 'waiting'] as const) {
    // The innermost one: the status of a control stage only reflects its inner stages.
    const found = Object.keys(faces).findLast((id) => faces[id]?.status === status)
    if (found) return arrangement.stages.get(found)
  }
  return undefined
}

/** Sets the first view: everything if it is readable, else the most relevant part, else the beginning. */
export function Opening({
  arrangement,
  extent,
  store,
  many,
  stays,
}: {
  arrangement: Arrangement
  /** All that is on the plane. */
  extent: Rect
  store: CanvasStore
  /** With many stages, everything is shown at first, however small, with statuses as colors. */
  many: boolean
  /** In an editor, the view stays where it is when the stages change. */
  stays: boolean
}) {
  const view = useViewport()
  const show = useShow()
  const width = useView((state) => state.width)
  const done = useRef<Arrangement>(undefined)
  useEffect(() => {
    const { height } = view.store.getState()
    if (width === 0 || done.current === arrangement || (stays && done.current)) return
    // The first stage of an empty pipeline is shown as one opens it.
    if (arrangement.stages.size > 0) done.current = arrangement
    const top = MARGIN
    const room = { width: width - 2 * MARGIN, height: height - 2 * MARGIN }
    const fit = fitOf(extent, room)
    const { faces, selected } = store.getState()
    const chosen = selected ? arrangement.stages.get(selected) : undefined
    const zoom = fit >= READABLE || (many && !chosen) ? fit : near(width)
    const first = arrangement.stages.values().next().value
    const x = extent.width * zoom <= room.width ? (width - extent.width * zoom) / 2 : MARGIN
    let y = Math.max(top, top + (room.height - extent.height * zoom) / 2)
    // If taller than the pane: the first stage is centered, but without empty space above the top.
    if (extent.height * zoom > room.height)
      y = Math.min(top, height / 2 - ((first?.y ?? 0) - extent.y + (first?.height ?? 0) / 2) * zoom)
    view.move({ x: x - extent.x * zoom, y: y - extent.y * zoom, zoom })
    const place = chosen ?? (zoom > fit ? mostRelevantPlace(faces, arrangement) : undefined)
    if (place) show(place, true)
  }, [width, arrangement, extent, view, show, store, many, stays])
  return null
}

export function Zoom({
  extent,
  following,
  onFollow,
  overview,
  onOverview,
  note,
}: {
  extent: Rect
  /** Whether the view follows the run; undefined if there is nothing to follow. */
  following: boolean | undefined
  onFollow: (follow: boolean) => void
  overview: boolean | undefined
  onOverview: (shown: boolean | undefined) => void
  note: ReactNode
}) {
  const view = useViewport()
  const zoom = useView((state) => state.zoom)
  // A label says that there is more than what is in view: a part must not be mistaken for the whole.
  const whole = useView((state) => state.width === 0 || isWhole(extent, state))
  const showAll = (ms: number) => {
    const { width, height } = view.store.getState()
    const room = { width: width - 2 * MARGIN, height: height - 2 * MARGIN }
    const all = fitOf(extent, room)
    const [x, y] = [(width - extent.width * all) / 2, (room.height - extent.height * all) / 2 + MARGIN]
    view.move({ x: x - extent.x * all, y: y - extent.y * all, zoom: all }, ms)
  }
  const soon = () => (calm() ? 0 : 150)
  return (
    <div className="flex h-9 shrink-0 items-center gap-1.5 border-t border-line bg-bg px-2">
      <div role="group" aria-label="View" className="flex items-center">
        <IconButton label="Zoom out" onClick={() => view.zoomTo(zoom / 1.25, undefined, soon())}>
          <Minus size={14} aria-hidden="true" />
        </IconButton>
        <button
          type="button"
          aria-label={`${Math.round(zoom * 100)} percent: zoom to 100 percent`}
          onClick={() => view.zoomTo(1, undefined, soon())}
          className="tnum h-7 min-w-10 rounded-control text-center text-2xs text-muted hover:text-text"
        >
          {Math.round(zoom * 100)}%
        </button>
        <IconButton label="Zoom in" onClick={() => view.zoomTo(zoom * 1.25, undefined, soon())}>
          <Plus size={14} aria-hidden="true" />
        </IconButton>
        <IconButton
          label="Show everything"
          className={cx(!whole && 'w-auto gap-1.5 px-2 text-xs')}
          onClick={() => {
            onFollow(false)
            showAll(soon())
          }}
        >
          <Maximize size={14} aria-hidden="true" />
          {!whole && <span>Show everything</span>}
        </IconButton>
      </div>
      {following !== undefined && (
        <button
          type="button"
          aria-pressed={following}
          onClick={() => onFollow(!following)}
          className={cx(
            'flex h-7 shrink-0 items-center gap-1.5 rounded-control px-2 text-xs hover:bg-raise hover:text-text',
            following ? 'text-text' : 'text-muted',
          )}
        >
          <Crosshair size={13} className={following ? 'text-copper' : ''} aria-hidden="true" />
          {following ? 'Following' : 'Follow'}
        </button>
      )}
      <div className="flex min-w-0 flex-1 justify-end overflow-hidden">{note}</div>
      <IconButton
        label={overview ? 'Hide the overview' : 'Show the overview'}
        aria-pressed={overview === true}
        className="max-md:hidden"
        onClick={() => onOverview(overview ? undefined : true)}
      >
        <Map size={14} aria-hidden="true" />
      </IconButton>
    </div>
  )
}

/** Keeps running or waiting stages in view while no stage is selected and none has the keyboard focus. */
export function FollowRun({
  arrangement,
  graph,
  store,
  host,
}: {
  arrangement: Arrangement
  graph: Graph
  store: CanvasStore
  host: RefObject<HTMLElement | null>
}) {
  const show = useShow()
  const view = useViewport()
  const target = useStore(store, (state) => (state.selected === null ? current(state.faces, graph) : ''))
  useEffect(() => {
    if (!target) return
    // The stage that has the keyboard focus must stay in view (WCAG 2.4.11, focus not obscured).
    if (host.current?.querySelector('[data-stage]:focus-visible')) return
    const ids = target.split('\n')
    const { x, y, zoom, width, height } = view.store.getState()
    const seen = (place: Rect) =>
      place.x * zoom + x >= 0 &&
      place.y * zoom + y >= 0 &&
      (place.x + place.width) * zoom + x <= width &&
      (place.y + place.height) * zoom + y <= height
    const places = ids.flatMap((id) => arrangement.stages.get(id) ?? [])
    const first = places[0]
    // One of them in view is enough: with many at once, the view would move all the time.
    if (first && !places.some(seen)) show(first)
  }, [target, arrangement, show, view, host])
  return null
}

/** The ids of the innermost running stages as one string, which changes with them; if none runs, the waiting ones. */
export function current(faces: CanvasState['faces'], graph: Graph): string {
  const of = (...statuses: string[]) =>
    [...graph.stages.keys()].filter((id) => statuses.includes(faces[id]?.status ?? 'idle'))
  const busy = of('running', 'waiting')
  const known = new Set(busy)
  const inner = busy.filter((id) => !(graph.children.get(id) ?? []).some((child) => known.has(child)))
  const running = inner.filter((id) => faces[id]?.status === 'running')
  return (running.length > 0 ? running : inner).join('\n')
}

const directions: Record<string, [number, number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
}

/** The arrow keys move the focus to the nearest stage in that direction. */
export function Arrows({ arrangement, host: at }: { arrangement: Arrangement; host: RefObject<HTMLElement | null> }) {
  const show = useShow()
  useEffect(() => {
    const host = at.current
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
      // A stage that was out of view is mounted first.
      requestAnimationFrame(() => host?.querySelector<HTMLElement>(`[data-stage="${CSS.escape(next)}"]`)?.focus())
    }
    host?.addEventListener('keydown', onKey)
    return () => host?.removeEventListener('keydown', onKey)
  }, [at, arrangement, show])
  return null
}

/** Scrolls a stage into view that was selected elsewhere (a problem, a timeline row) or reached by the Tab key. */
export function FollowSelection({
  store,
  arrangement,
  host: at,
  edited,
}: {
  store: CanvasStore
  arrangement: Arrangement
  host: RefObject<HTMLElement | null>
  /** In an editor, the selection opens something beside the canvas, which makes it narrower. */
  edited: boolean
}) {
  const show = useShow()
  const width = useView((state) => (edited ? state.width : 0))
  const selected = useStore(store, (state) => state.selected)
  const first = useRef(true)
  useEffect(() => {
    const place = selected ? arrangement.stages.get(selected) : undefined
    // `Opening` has already set the first view.
    if (place && !first.current) show(place)
    first.current = false
  }, [selected, arrangement, show, width])
  useEffect(() => {
    const host = at.current
    const onFocus = (event: FocusEvent) => {
      const target = event.target as HTMLElement
      const place = arrangement.stages.get(target.dataset['stage'] ?? '')
      if (place && target.matches(':focus-visible')) show(place, true)
    }
    host?.addEventListener('focusin', onFocus)
    return () => host?.removeEventListener('focusin', onFocus)
  }, [at, arrangement, show])
  return null
}
