// The layout of one scope, as the worker computes it: ELK places the boxes and routes the edges, with large groups of
// alike stages as one box each; long layouts are folded into lines that fit the pane.

import type { ElkNode } from 'elkjs/lib/elk-api.js'
import { fold } from './fold.ts'
import { keepNeeded } from './route.ts'
import { type Box, LARGE, type Laid, type Pane, ROW_GAP, type ScopeInput } from './scope.ts'
import { gridTwins } from './twins.ts'

export interface LayoutQuestion {
  id: number
  input: ScopeInput
  pane: Pane
}
export interface LayoutAnswer {
  id: number
  laid?: Laid
  error?: string
}

/** ELK: fills in the positions. */
export type Layered = (graph: ElkNode) => ElkNode | Promise<ElkNode>

export async function layOut(input: ScopeInput, pane: Pane, layered: Layered): Promise<Laid> {
  const { grouped, restore } = gridTwins(input, pane)
  const laid = restore(positionsOf(grouped, await layered(elkGraph(grouped))))
  const folded = fold(input, laid, pane)
  return { ...folded, routes: keepNeeded(input, folded) }
}

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
  'elk.spacing.nodeNode': String(ROW_GAP),
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
}
/** Straight edges, which take up space. */
const STRAIGHT = {
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
}
/** Dense columns: from far away, the size of the stages matters more than straight edges. Fewer rounds take half the
 * time, and the result has the same size. */
const DENSE = {
  'elk.layered.thoroughness': '3',
  'elk.layered.nodePlacement.strategy': 'SIMPLE',
  'elk.spacing.edgeNode': '6',
  'elk.spacing.edgeEdge': '4',
  'elk.layered.spacing.edgeNodeBetweenLayers': '6',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '4',
}

const portsOf = ({ id, width, inY, outY }: Box) => [
  { id: `${id}:in`, x: 0, y: inY, width: 0, height: 0, layoutOptions: { 'elk.port.side': 'WEST' } },
  { id: `${id}:out`, x: width, y: outY, width: 0, height: 0, layoutOptions: { 'elk.port.side': 'EAST' } },
]

const elkGraph = ({ boxes, lines, gap }: ScopeInput): ElkNode => ({
  id: 'root',
  layoutOptions: {
    ...OPTIONS,
    ...(boxes.length > LARGE ? DENSE : STRAIGHT),
    'elk.layered.spacing.nodeNodeBetweenLayers': String(gap),
  },
  children: boxes.map((box) => ({
    id: box.id,
    width: box.width,
    height: box.height,
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
    ports: portsOf(box),
  })),
  edges: lines.map(({ source, target }, index) => ({
    id: `line-${index}`,
    sources: [`${source}:out`],
    targets: [`${target}:in`],
  })),
})

const positionsOf = ({ lines }: ScopeInput, { children = [], edges = [] }: ElkNode): Laid => ({
  places: new Map(children.map(({ id, x = 0, y = 0 }) => [id, { x, y }])),
  routes: new Map(
    edges.map(({ sections = [] }, index) => {
      const { source, target } = lines[index] ?? { source: '', target: '' }
      return [`${source}→${target}`, (sections[0]?.bendPoints ?? []).map(({ x, y }) => [x, y] as const)]
    }),
  ),
})
