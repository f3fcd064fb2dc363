// One scope as its layout sees it: boxes and edges, without the graph that they come from. Shared by the page and the
// layout worker.

export interface Box {
  id: string
  width: number
  height: number
  /** Where edges enter and leave, measured from the top of the box. */
  inY: number
  outY: number
}
export interface ScopeInput {
  boxes: Box[]
  lines: { source: string; target: string }[]
  /** The distance between two columns; larger if edges have labels. */
  gap: number
}
export type Point = readonly [x: number, y: number]
export type Places = Map<string, { x: number; y: number }>
/** The bend points between both ends, by `source→target`, of edges that are not a simple curve. */
export type Routes = Map<string, readonly Point[]>
export interface Laid {
  places: Places
  routes: Routes
}

/** The size that a layout is made for. */
export interface Pane {
  width: number
  height: number
}

/** The vertical distance between two boxes of a column. */
export const ROW_GAP = 28
/** With more boxes than this, a layout is made to be seen from far away, and the page yields between its parts. */
export const LARGE = 150

/** The corners of a rectangle around all boxes. */
export function extentOf(boxes: readonly Box[], places: Places) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { id, width, height } of boxes) {
    const { x, y } = places.get(id) ?? { x: 0, y: 0 }
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + width)
    bottom = Math.max(bottom, y + height)
  }
  return { left, top, right, bottom }
}
