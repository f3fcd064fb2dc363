export {
  type CanvasStage,
  type Graph,
  branchLabel,
  buildGraph,
  componentKey,
  entryOf,
  frameStyle,
  runsOthers,
} from './model.ts'
export { type Arrangement, type Rect, arrange } from './arrange.ts'
export {
  type CanvasEdit,
  type CanvasNote,
  type CardResult,
  type EditStore,
  type PointedStage,
  type Side,
  createEditStore,
} from './edit-context.ts'
export { type CanvasStore, type StageFace, createCanvasStore, squeezeCells } from './faces.ts'
export { ComponentIcon } from './icons.ts'
export { MiniCanvas } from './mini.tsx'
export type { LineMark, SideMark, StageMark } from './faces.ts'
// The canvas itself is exported by '@flowmason/pipeline-canvas/canvas', so that pages without one do not load it.
