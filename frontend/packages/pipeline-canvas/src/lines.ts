// Edges and cards as SVG paths, for diagrams that are drawn as a whole: the small one in lists and the far view.

import type { Arrangement, Rect } from './arrange.ts'
import type { Graph, GraphEdge } from './model.ts'
import type { Point } from './scope.ts'
import { type Steps, atOnce } from './steps.ts'

/** The path from the right side of the source (or of the source's frame) to the left side of the target. */
export function endsOf(at: Arrangement, edge: GraphEdge): [x1: number, y1: number, x2: number, y2: number] | undefined {
  const target = at.stages.get(edge.target)
  const source = edge.fromFrame ? at.frames.get(edge.source) : at.stages.get(edge.source)
  const card = at.stages.get(edge.source)
  if (!source || !target || !card) return undefined
  return [source.x + source.width, card.y + card.height / 2, target.x, target.y + target.height / 2]
}

export function linePath(at: Arrangement, edge: GraphEdge): string {
  const ends = endsOf(at, edge)
  if (!ends) return ''
  const [x1, y1, x2, y2] = ends
  const route = at.routes.get(edge.id)
  if (route) return rounded([[x1, y1], ...route, [x2, y2]])
  return curve(x1, y1, x2, y2)
}

export function curve(x1: number, y1: number, x2: number, y2: number): string {
  const bend = x2 < x1 ? 60 : Math.max(24, (x2 - x1) / 2)
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

const ROUND = 8

/** A path through these points of alternating vertical and horizontal segments, with round corners. */
export function rounded(points: readonly Point[]): string {
  let path = `M${points[0]?.join(' ')}`
  for (let index = 1; index < points.length - 1; index++) {
    const [before, at, after] = [points[index - 1], points[index], points[index + 1]]
    if (!before || !at || !after) continue
    const near = (to: Point) => {
      const far = Math.hypot(to[0] - at[0], to[1] - at[1])
      const share = far === 0 ? 0 : Math.min(ROUND, far / 2) / far
      return `${at[0] + (to[0] - at[0]) * share} ${at[1] + (to[1] - at[1]) * share}`
    }
    path += `L${near(before)}Q${at.join(' ')} ${near(after)}`
  }
  return `${path}L${points.at(-1)?.join(' ')}`
}

const R = 14
export const cardPath = ({ x, y, width, height }: Rect): string =>
  `M${x + R} ${y}h${width - 2 * R}q${R} 0 ${R} ${R}v${height - 2 * R}q0 ${R} ${-R} ${R}h${2 * R - width}` +
  `q${-R} 0 ${-R} ${-R}v${2 * R - height}q0 ${-R} ${R} ${-R}z`

export const boxPath = ({ x, y, width, height }: Rect): string => `M${x} ${y}h${width}v${height}h${-width}z`

/** The paths of all edges, all frames, and of each card by stage. */
export interface FarPaths {
  lines: string
  frames: string
  shapes: (readonly [stage: string, path: string])[]
}

const written = new WeakMap<Arrangement, FarPaths>()

/** The number of edges or cards between two time checks. */
const PATHS_PER_STEP = 50

export function* farSteps(at: Arrangement, graph: Graph): Steps<FarPaths> {
  const known = written.get(at)
  if (known) return known
  const lines: string[] = []
  for (const edge of graph.edges) if (lines.push(linePath(at, edge)) % PATHS_PER_STEP === 0) yield
  const shapes: [string, string][] = []
  for (const [id, place] of at.stages) if (shapes.push([id, cardPath(place)]) % PATHS_PER_STEP === 0) yield
  const paths = { lines: lines.join(''), frames: [...at.frames.values()].map(boxPath).join(''), shapes }
  written.set(at, paths)
  return paths
}

/** Returns the paths built in slices before, or builds them at once. */
export const farPaths = (at: Arrangement, graph: Graph): FarPaths => atOnce(farSteps(at, graph))
