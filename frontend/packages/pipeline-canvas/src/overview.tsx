// The whole canvas in a corner, with a frame around what is seen. One path per state and not one element
// per stage: of a thousand stages it is still a handful of elements.

import { type PointerEvent, useMemo, useRef } from 'react'
import { Panel, useReactFlow, useStore as useFlow } from '@xyflow/react'
import { useStore } from 'zustand'
import type { Arrangement } from './arrange.ts'
import type { CanvasStore } from './faces.ts'

const WIDTH = 152
const HEIGHT = 86
const AIR = 60

const fills: Record<string, string> = {
  running: 'var(--run)',
  waiting: 'var(--wait)',
  succeeded: 'var(--ok)',
  failed: 'var(--fail)',
}

export function Overview({
  arrangement,
  store,
  onMove,
}: {
  arrangement: Arrangement
  store: CanvasStore
  onMove: () => void
}) {
  const flow = useReactFlow()
  const svg = useRef<SVGSVGElement>(null)
  const faces = useStore(store, (state) => state.faces)
  const [x, y, zoom] = useFlow((state) => state.transform)
  const width = useFlow((state) => state.width)
  const height = useFlow((state) => state.height)
  const cards = useMemo(() => {
    const paths = new Map<string, string>()
    for (const [id, { x: left, y: top, width: w, height: h }] of arrangement.stages) {
      const fill = fills[faces[id]?.status ?? ''] ?? 'var(--line2)'
      paths.set(fill, `${paths.get(fill) ?? ''}M${left} ${top}h${w}v${h}h${-w}z`)
    }
    return [...paths]
  }, [arrangement, faces])
  const frames = useMemo(
    () =>
      [...arrangement.frames.values()]
        .map(({ x: left, y: top, width: w, height: h }) => `M${left} ${top}h${w}v${h}h${-w}z`)
        .join(''),
    [arrangement],
  )
  const go = (event: PointerEvent<SVGSVGElement>) => {
    const matrix = svg.current?.getScreenCTM()
    if (event.buttons === 0 || !matrix) return
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse())
    onMove()
    void flow.setCenter(at.x, at.y, { zoom })
  }
  return (
    <Panel position="bottom-right" className="max-md:hidden">
      <svg
        ref={svg}
        width={WIDTH}
        height={HEIGHT}
        viewBox={`${-AIR} ${-AIR} ${arrangement.width + 2 * AIR} ${arrangement.height + 2 * AIR}`}
        role="img"
        aria-label="Overview of the canvas"
        className="nopan block cursor-pointer touch-none rounded-control border border-line bg-panel/90"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          go(event)
        }}
        onPointerMove={go}
      >
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
    </Panel>
  )
}
