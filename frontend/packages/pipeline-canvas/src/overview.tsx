// An overview of the whole canvas in a corner, with a frame around the visible part. It has one path per status instead
// of one element per stage: with a thousand stages it is still a handful of elements.

import { type PointerEvent, type ReactNode, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import type { Arrangement, Rect } from './arrange.ts'
import type { CanvasStore } from './faces.ts'
import { stateFill } from './far.tsx'
import { boxPath } from './lines.ts'
import { Corner } from './pane.tsx'
import { isWhole } from './view.tsx'
import { type View, useView, useViewport } from './viewport.ts'

const WIDTH = 152
const HEIGHT = 86
const AIR = 60

interface OverviewProps {
  arrangement: Arrangement
  /** All that is on the plane. */
  extent: Rect
  /** What else is drawn. */
  drawing: ReactNode
  store: CanvasStore
  /** Whether the user has shown or hidden it; otherwise it is shown if it covers no stage. */
  pinned: boolean | undefined
  onMove: () => void
}

export function Overview(props: OverviewProps) {
  const shown = useView((view) => props.pinned ?? isFree(props.arrangement, view, props.extent))
  return shown ? <Picture {...props} /> : null
}

function Picture({ arrangement, extent, drawing, store, onMove }: OverviewProps) {
  const view = useViewport()
  const svg = useRef<SVGSVGElement>(null)
  const faces = useStore(store, (state) => state.faces)
  const { x, y, zoom, width, height } = useView((state) => state)
  const cards = useMemo(() => {
    const paths = new Map<string, string>()
    for (const [id, place] of arrangement.stages) {
      const fill = faces[id]?.fill ?? stateFill(faces[id]?.status)
      paths.set(fill, `${paths.get(fill) ?? ''}${boxPath(place)}`)
    }
    return [...paths]
  }, [arrangement, faces])
  const frames = useMemo(() => [...arrangement.frames.values()].map(boxPath).join(''), [arrangement])
  const go = (event: PointerEvent<SVGSVGElement>) => {
    const matrix = svg.current?.getScreenCTM()
    if (event.buttons === 0 || !matrix) return
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse())
    onMove()
    view.move({ x: width / 2 - at.x * zoom, y: height / 2 - at.y * zoom })
  }
  return (
    <Corner at="right-3 bottom-3" className="max-md:hidden">
      <svg
        ref={svg}
        width={WIDTH}
        height={HEIGHT}
        viewBox={`${extent.x - AIR} ${extent.y - AIR} ${extent.width + 2 * AIR} ${extent.height + 2 * AIR}`}
        role="img"
        aria-label="Overview of the canvas"
        className="block cursor-pointer touch-none rounded-control border border-line bg-panel/90"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          go(event)
        }}
        onPointerMove={go}
      >
        {drawing}
        <path d={frames} fill="none" stroke="var(--line2)" strokeWidth={1} vectorEffect="non-scaling-stroke" />
        {cards.map(([fill, path]) => (
          <path
            key={fill}
            d={path}
            fill={fill}
            stroke={fill}
            strokeWidth={1.5}
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        <rect
          x={-x / zoom}
          y={-y / zoom}
          width={width / zoom}
          height={height / zoom}
          fill="none"
          stroke="var(--copper)"
          strokeWidth={1.5}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </Corner>
  )
}

const EDGE = 12

/** Whether the overview is useful (not everything is in view) and would cover no stage. */
export function isFree(arrangement: Arrangement, view: View, extent: Rect = arrangement): boolean {
  const { x, y, zoom, width, height } = view
  if (width < 640 || height < 2 * HEIGHT) return false
  if (isWhole(extent, view)) return false
  const [left, top] = [(width - WIDTH - 2 * EDGE - x) / zoom, (height - HEIGHT - 2 * EDGE - y) / zoom]
  for (const place of arrangement.stages.values())
    if (
      place.x + place.width > left &&
      place.y + place.height > top &&
      place.x * zoom + x < width &&
      place.y * zoom + y < height
    )
      return false
  return true
}
