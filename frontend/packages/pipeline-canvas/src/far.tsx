// The far view of a large pipeline: all stages as rectangles in the color of their status, one path per status. With a
// thousand stages it is a handful of elements, so everything can be shown at once; zoomed in, only the cards in view
// are mounted.

import { type MouseEvent, useMemo } from 'react'
import type { Status } from '@flowmason/ui'
import { useStore } from 'zustand'
import type { Arrangement, Rect } from './arrange.ts'
import type { CanvasStore } from './faces.ts'
import { cardPath, farPaths } from './lines.ts'
import type { Graph } from './model.ts'
import { useView, useViewport } from './viewport.ts'

/** The zoom from which on stages are shown as cards. */
export const NEAR = 0.45

export const stateFill = (status: Status | undefined): string =>
  ({
    running: 'var(--run)',
    waiting: 'var(--wait)',
    succeeded: 'var(--ok)',
    failed: 'var(--fail)',
    cancelled: 'var(--faint)',
  })[status as string] ?? 'var(--line2)'

export function Far({ arrangement, graph, store }: { arrangement: Arrangement; graph: Graph; store: CanvasStore }) {
  const near = useView(({ zoom, opened }) => !opened || zoom >= NEAR)
  const faces = useStore(store, (state) => state.faces)
  const selected = useStore(store, (state) => state.selected)
  // Positions do not change with faces, so the path of each card is built once.
  const { lines, frames, shapes } = useMemo(() => farPaths(arrangement, graph), [arrangement, graph])
  const cards = useMemo(() => {
    const paths = new Map<string, string[]>()
    if (near) return []
    for (const [id, shape] of shapes) {
      const fill = faces[id]?.fill ?? stateFill(faces[id]?.status)
      const path = paths.get(fill)
      if (path) path.push(shape)
      else paths.set(fill, [shape])
    }
    return [...paths].map(([fill, path]) => [fill, path.join('')] as const)
  }, [shapes, faces, near])
  const ring = selected === null ? undefined : arrangement.stages.get(selected)
  return (
    <svg
      width={arrangement.width}
      height={arrangement.height}
      className="pointer-events-none absolute top-0 left-0 overflow-visible"
      role="img"
      aria-label={`${arrangement.stages.size} stages. Zoom in to read them.`}
      data-testid="far"
      data-near={near}
    >
      <path d={frames} fill="none" stroke="var(--line2)" strokeDasharray="4 3" vectorEffect="non-scaling-stroke" />
      <path d={lines} className="fm-edge" vectorEffect="non-scaling-stroke" strokeWidth={near ? 1.5 : 0.75} />
      {cards.map(([fill, path]) => (
        <path key={fill} d={path} fill={fill} />
      ))}
      {ring && !near && (
        <path d={cardPath(ring)} fill="none" stroke="var(--copper)" strokeWidth={3} vectorEffect="non-scaling-stroke" />
      )}
    </svg>
  )
}

/** The size of a tile on the plane: the key in `useInView` changes only when other tiles come into view. */
const TILE = 600

/** The stages to mount in a large pipeline: none in the far view, else those in and around the pane. */
export function useInView(many: boolean): (place: Rect) => boolean {
  const key = useView(({ x, y, zoom, width, height, opened }) => {
    if (!many) return 'all'
    if (zoom < NEAR || width === 0 || !opened) return 'none'
    const [left, top] = [Math.floor(-x / zoom / TILE), Math.floor(-y / zoom / TILE)]
    const [right, bottom] = [Math.ceil((width - x) / zoom / TILE), Math.ceil((height - y) / zoom / TILE)]
    return [left, top, right, bottom].join(' ')
  })
  return useMemo(() => viewOf(key), [key])
}

function viewOf(key: string): (place: Rect) => boolean {
  if (key === 'all') return () => true
  if (key === 'none') return () => false
  const [left = 0, top = 0, right = 0, bottom = 0] = key.split(' ').map((each) => Number(each) * TILE)
  return (place) => place.x < right && place.x + place.width > left && place.y < bottom && place.y + place.height > top
}

/** In the far view, a click selects the stage under the pointer. */
export function useFarChoice(arrangement: Arrangement | undefined) {
  const view = useViewport()
  return (event: MouseEvent): string | undefined => {
    const { x: left, y: top, zoom } = view.store.getState()
    if (!arrangement || zoom >= NEAR) return undefined
    const box = event.currentTarget.getBoundingClientRect()
    const [x, y] = [(event.clientX - box.left - left) / zoom, (event.clientY - box.top - top) / zoom]
    for (const [id, place] of arrangement.stages)
      if (x >= place.x && x <= place.x + place.width && y >= place.y && y <= place.y + place.height) return id
    return undefined
  }
}
