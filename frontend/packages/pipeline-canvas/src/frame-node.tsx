// The dashed frame around a control stage and its inner stages.

import type { Rect } from './arrange.ts'

export function FrameNode({ stage, place }: { stage: string; place: Rect }) {
  return (
    <div
      data-frame={stage}
      style={{ left: place.x, top: place.y, width: place.width, height: place.height }}
      className="pointer-events-none absolute rounded-[12px] border border-dashed border-faint/60"
    />
  )
}
