// The viewport of the canvas: a position and a zoom, changed by wheel, pointer, two fingers or the program. The plane
// is moved by a single style; moving it renders nothing again.

import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import { type StoreApi, createStore } from 'zustand/vanilla'

export interface View {
  /** The offset from the corner of the pane to the origin of the plane, in screen pixels. */
  x: number
  y: number
  zoom: number
  /** The size of the pane; 0 until it has been measured. */
  width: number
  height: number
  /** Whether a position was set; until then no cards of a large pipeline are mounted, since others would be needed. */
  opened: boolean
}
export type Place = Pick<View, 'x' | 'y' | 'zoom'>

export interface Viewport {
  store: StoreApi<View>
  /** Moves to a position, at once or within `ms`. User input on the canvas stops the animation. */
  move: (to: Partial<Place>, ms?: number) => void
  /** Zooms around a point of the pane, by default its center. */
  zoomTo: (zoom: number, at?: { x: number; y: number }, ms?: number) => void
  stop: () => void
  /** Sets the minimum zoom. */
  allow: (least: number) => void
}

const LARGEST = 1.75
const easeOut = (share: number) => 1 - (1 - share) ** 3

export function createViewport(): Viewport {
  const store = createStore<View>(() => ({ x: 0, y: 0, zoom: 1, width: 0, height: 0, opened: false }))
  let least = 0.1
  let frame = 0
  const stop = () => cancelAnimationFrame(frame)
  const move: Viewport['move'] = (to, ms = 0) => {
    stop()
    const { x, y, zoom } = store.getState()
    const end = { x, y, zoom, ...to }
    if (ms <= 0) {
      store.setState({ ...end, opened: true })
      return
    }
    const began = performance.now()
    const step = (now: number) => {
      const share = Math.min(1, Math.max(0, (now - began) / ms))
      const part = easeOut(share)
      store.setState({
        x: x + (end.x - x) * part,
        y: y + (end.y - y) * part,
        zoom: zoom + (end.zoom - zoom) * part,
        opened: true,
      })
      if (share < 1) frame = requestAnimationFrame(step)
    }
    frame = requestAnimationFrame(step)
  }
  const zoomTo: Viewport['zoomTo'] = (wanted, at, ms) => {
    const { x, y, zoom, width, height } = store.getState()
    const next = Math.min(LARGEST, Math.max(least, wanted))
    const point = at ?? { x: width / 2, y: height / 2 }
    move({ x: point.x - ((point.x - x) / zoom) * next, y: point.y - ((point.y - y) / zoom) * next, zoom: next }, ms)
  }
  const allow = (next: number) => {
    least = next
  }
  return { store, move, zoomTo, stop, allow }
}

export const ViewContext = createContext<Viewport>(createViewport())
export const useViewport = (): Viewport => useContext(ViewContext)
export const useView = <T>(select: (view: View) => T): T => useStore(useViewport().store, select)

/** Converts a wheel delta to pixels: some browsers report lines or pages. */
const pixels = (delta: number, mode: number) => delta * (mode === 1 ? 20 : mode === 2 ? 400 : 1)
/** A press that moves less than this many pixels is a click. */
const CLICK_PX = 4

/** Adds listeners for wheel, pointer and two fingers. Returns a function that removes them. */
export function listen(pane: HTMLElement, view: Viewport, onHand: () => void): () => void {
  const fingers = new Map<number, { x: number; y: number }>()
  let moved = 0
  let panned = false
  const inPane = (event: { clientX: number; clientY: number }) => {
    const box = pane.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  const isOver = (event: Event) => (event.target as Element | null)?.closest('[data-nopan]') !== null
  const onWheel = (event: WheelEvent) => {
    if (isOver(event)) return
    event.preventDefault()
    onHand()
    const { x, y, zoom } = view.store.getState()
    const [dx, dy] = [pixels(event.deltaX, event.deltaMode), pixels(event.deltaY, event.deltaMode)]
    if (event.ctrlKey || event.metaKey) view.zoomTo(zoom * 2 ** (-dy * 0.008), inPane(event))
    else if (event.shiftKey && dx === 0) view.move({ x: x - dy })
    else view.move({ x: x - dx, y: y - dy })
  }
  const onDown = (event: PointerEvent) => {
    if ((event.pointerType === 'mouse' && event.button !== 0) || isOver(event)) return
    if (fingers.size === 0) {
      moved = 0
      panned = false
    }
    fingers.set(event.pointerId, inPane(event))
  }
  const onMove = (event: PointerEvent) => {
    const before = fingers.get(event.pointerId)
    if (!before) return
    const now = inPane(event)
    const { x, y, zoom } = view.store.getState()
    moved += Math.hypot(now.x - before.x, now.y - before.y)
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
    fingers.set(event.pointerId, now)
    if (moved < CLICK_PX && !other) return
    if (!panned) {
      panned = true
      onHand()
      pane.setPointerCapture(event.pointerId)
      pane.dataset['panning'] = ''
    }
    if (other) {
      const [was, is] = [
        Math.hypot(before.x - other.x, before.y - other.y),
        Math.hypot(now.x - other.x, now.y - other.y),
      ]
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }
      if (was > 0) view.zoomTo((zoom * is) / was, middle)
      const after = view.store.getState()
      view.move({ x: after.x + (now.x - before.x) / 2, y: after.y + (now.y - before.y) / 2 })
    } else view.move({ x: x + now.x - before.x, y: y + now.y - before.y })
  }
  const onUp = (event: PointerEvent) => {
    fingers.delete(event.pointerId)
    if (fingers.size === 0) delete pane.dataset['panning']
  }
  // A drag must not count as a click on the stage under the pointer.
  const onClick = (event: MouseEvent) => {
    if (!panned || event.detail === 0) return
    panned = false
    event.stopPropagation()
    event.preventDefault()
  }
  pane.addEventListener('wheel', onWheel, { passive: false })
  pane.addEventListener('pointerdown', onDown)
  pane.addEventListener('pointermove', onMove)
  pane.addEventListener('pointerup', onUp)
  pane.addEventListener('pointercancel', onUp)
  pane.addEventListener('click', onClick, { capture: true })
  return () => {
    pane.removeEventListener('wheel', onWheel)
    pane.removeEventListener('pointerdown', onDown)
    pane.removeEventListener('pointermove', onMove)
    pane.removeEventListener('pointerup', onUp)
    pane.removeEventListener('pointercancel', onUp)
    pane.removeEventListener('click', onClick, { capture: true })
  }
}
