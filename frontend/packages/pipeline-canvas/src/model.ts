// The model of the canvas: stages, the frames of control stages, and the edges between them. It is independent of
// GraphQL and of editors; a host maps its own document to `CanvasStage`.

export interface CanvasStage {
  id: string
  name?: string | null
  component: string
  kind: 'NODE' | 'OPERATOR' | 'CONTROL_FLOW'
  dependsOn: readonly string[]
  /** The control stage that runs this one, and the first of its lists that contains it. */
  parent?: string | null
  branch?: string | null
  /** All lists of the control stage that contain this one. */
  branches: readonly string[]
  position?: { x: number; y: number } | null
}

/** The label of an edge; `all` is the full text for the tooltip if the label is shortened. */
export interface EdgeText {
  text: string
  all?: string
}

export interface GraphEdge {
  id: string
  /** The stage that the edge depends on; the edge starts at its frame if it has one. */
  source: string
  target: string
  fromFrame: boolean
  label?: EdgeText
}

/** How the frame of a control stage and its inner stages is drawn. */
export type FrameStyle = 'below' | 'beside'

export interface Graph {
  stages: ReadonlyMap<string, CanvasStage>
  /** Inner stages by control stage; the key of the top level is ''. */
  children: ReadonlyMap<string, readonly string[]>
  edges: readonly GraphEdge[]
}

const BRANCHING = new Set(['router', 'conditional', 'trycatch'])

/** What a record has for an id. An id can be any word, such as `constructor`, which every object has. */
export const entryOf = <T>(record: Readonly<Record<string, T>>, id: string): T | undefined =>
  Object.hasOwn(record, id) ? record[id] : undefined

export const componentKey = (component: string): string => component.replaceAll('-', '_').toLowerCase()

/** Whether a stage has lists of stages that it runs, even if they are empty. */
export const runsOthers = (stage: CanvasStage): boolean =>
  BRANCHING.has(componentKey(stage.component)) || componentKey(stage.component) === 'foreach'

export const frameStyle = (stage: CanvasStage): FrameStyle =>
  BRANCHING.has(componentKey(stage.component)) ? 'beside' : 'below'

/** `route.billing` → `billing`, `true` → `if true`. */
export function branchLabel(branch: string): string {
  if (branch.startsWith('route.')) return branch.slice(6)
  return branch === 'true' || branch === 'false' ? `if ${branch}` : branch
}

/** The maximum length of a label between two cards. */
const LABEL_CHARS = 16

/** Names every branch that leads to the stage; if there are too many, gives their number and has the names in `all`. */
export function branchText(branches: readonly string[]): EdgeText | undefined {
  const names = branches.map(branchLabel)
  const text = names.join(', ')
  if (names.length < 2 || text.length <= LABEL_CHARS) return text ? { text } : undefined
  const routes = branches.some((branch) => branch.startsWith('route.'))
  return { text: `${names.length} ${routes ? 'routes' : 'branches'}`, all: text }
}

export function buildGraph(list: readonly CanvasStage[]): Graph {
  const stages = new Map(list.map((stage) => [stage.id, stage]))
  const children = new Map<string, string[]>()
  const scopeOf = (stage: CanvasStage) =>
    stage.parent && stages.has(stage.parent) && stage.parent !== stage.id ? stage.parent : ''
  for (const stage of stages.values()) {
    const scope = scopeOf(stage)
    const siblings = children.get(scope)
    if (siblings) siblings.push(stage.id)
    else children.set(scope, [stage.id])
  }
  const edges = new Map<string, GraphEdge>()
  for (const stage of stages.values()) {
    const scope = scopeOf(stage)
    let inner = false
    for (const dependency of stage.dependsOn) {
      const source = climb(stages, scopeOf, dependency, scope)
      if (!source || source === stage.id) continue
      inner = true
      // Starts at the border of the frame: an edge from the card would cross the inner stages as if it came from them.
      const fromFrame = children.has(source)
      const id = `${source}→${stage.id}`
      edges.set(id, { id, source, target: stage.id, fromFrame })
    }
    const control = stages.get(scope)
    if (control && !inner && frameStyle(control) === 'beside') {
      const id = `${scope}→${stage.id}`
      const edge: GraphEdge = { id, source: scope, target: stage.id, fromFrame: false }
      const label = branchText(stage.branches)
      if (label) edge.label = label
      edges.set(id, edge)
    }
  }
  return { stages, children, edges: [...edges.values()] }
}

/** The stage of `scope` that is `id` or contains it. */
function climb(
  stages: ReadonlyMap<string, CanvasStage>,
  scopeOf: (stage: CanvasStage) => string,
  id: string,
  scope: string,
): string | undefined {
  const seen = new Set<string>()
  let at = stages.get(id)
  while (at && !seen.has(at.id)) {
    const its = scopeOf(at)
    if (its === scope) return at.id
    seen.add(at.id)
    at = stages.get(its)
  }
  return undefined
}
