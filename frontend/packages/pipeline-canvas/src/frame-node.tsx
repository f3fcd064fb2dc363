// The dashed frame around a control stage and what it runs.

import { memo } from 'react'
import { Handle, type NodeProps, Position } from '@xyflow/react'

export const FrameNode = memo(function FrameNode({ data }: NodeProps) {
  const { width, height, outY } = data as { width: number; height: number; outY: number }
  return (
    <>
      <div
        style={{ width, height }}
        className="pointer-events-none rounded-[12px] border border-dashed border-faint/60"
      />
      <Handle type="source" position={Position.Right} isConnectable={false} style={{ top: outY }} />
    </>
  )
})
