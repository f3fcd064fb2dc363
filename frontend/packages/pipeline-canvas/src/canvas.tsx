// The canvas: lays a document out by itself, then only looks (face) change, never places.

import { type ReactNode, memo, useCallback, useEffect, useMemo, useState } from 'react'
import { Background, type Edge, type Node, Panel, ReactFlow, ReactFlowProvider } from '@xyflow/react'
import { Empty, Loading, Skeleton, cx } from '@flowmason/ui'
import { type Arrangement, DESK, PHONE, STAGE_H, arrange, arrangeQuick } from './arrange.ts'
import { CanvasContext } from './context.ts'
import { type MakeWorker, elkPlaces } from './elk.ts'
import type { CanvasStore } from './faces.ts'
import { FrameNode } from './frame-node.tsx'
import { LineEdge } from './line-edge.tsx'
import { type CanvasStage, type Graph, buildGraph } from './model.ts'
import { Overview } from './overview.tsx'
import { StageNode } from './stage-node.tsx'
import { Arrows, FollowRun, FollowSelection, Opening, Zoom } from './view.tsx'

const nodeTypes = { stage: StageNode, frame: FrameNode }
const edgeTypes = { line: LineEdge }
/** Above this many stages the whole is not fitted at open, and only what is in view is mounted. */
const MANY = 200
const OVERVIEW_FROM = 5

export interface CanvasProps {
  stages: readonly CanvasStage[]
  store: CanvasStore
  /** The faces are those of a run. */
  live?: boolean
  /** The run goes on: the view stays with the stages that run. */
  follow?: boolean
  makeLayoutWorker: MakeWorker
  onSelect: (stage: string | null) => void
  /** Stands in the top left corner. */
  note?: ReactNode
  className?: string
}

export const Canvas = memo(function Canvas(props: CanvasProps) {
  return (
    <div className={cx('fm-canvas relative size-full bg-bg', props.className)}>
      <ReactFlowProvider>
        <Inner {...props} />
      </ReactFlowProvider>
    </div>
  )
})

/** Lays the stages out whenever the document is another one. */
function useArrangement(graph: Graph, make: MakeWorker): Arrangement | undefined {
  const [done, setDone] = useState<{ graph: Graph; arrangement: Arrangement }>()
  useEffect(() => {
    let current = true
    const pane = matchMedia('(min-width: 640px)').matches ? DESK : PHONE
    arrange(graph, (input) => elkPlaces(make, input), pane).then(
      (arrangement) => current && setDone({ graph, arrangement }),
      (reason: unknown) => {
        console.warn('The layout worker did not answer; the simple layout is used.', reason)
        if (current) setDone({ graph, arrangement: arrangeQuick(graph, pane) })
      },
    )
    return () => {
      current = false
    }
  }, [graph, make])
  return done?.graph === graph ? done.arrangement : undefined
}

function Inner({ stages, store, live = false, follow = false, makeLayoutWorker, onSelect, note }: CanvasProps) {
  // Compared by what is drawn, not by the list's identity: an answer that says the same again moves nothing.
  const shape = useMemo(() => JSON.stringify(stages.map(shapeOf)), [stages])
  const graph = useMemo(() => buildGraph(JSON.parse(shape) as CanvasStage[]), [shape])
  const arrangement = useArrangement(graph, makeLayoutWorker)
  const { nodes, edges } = useMemo(() => toFlow(graph, arrangement), [graph, arrangement])
  const many = stages.length > MANY
  const context = useMemo(() => ({ store, live, many, onSelect }), [store, live, many, onSelect])
  useEffect(() => {
    const { stop, selected } = store.getState()
    if (!stop || !graph.stages.has(stop)) store.setState({ stop: selected ?? [...graph.stages.keys()][0] ?? null })
  }, [graph, store])
  const [following, setFollowing] = useState(true)
  const onMove = useCallback(() => setFollowing(false), [])
  // Moves of our own carry no event; whoever moves the canvas by hand wants it to stay there.
  const onMoveStart = useCallback((event: unknown) => event && setFollowing(false), [])

  if (stages.length === 0) {
    return (
      <Empty title="No stages" className="h-full">
        This version has no stage that can be drawn.
      </Empty>
    )
  }
  if (!arrangement) return <CanvasSkeleton />
  return (
    <CanvasContext.Provider value={context}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        minZoom={0.1}
        maxZoom={1.75}
        onlyRenderVisibleElements={many}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        panOnScroll
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        onPaneClick={() => onSelect(null)}
        onMoveStart={onMoveStart}
        aria-label="Canvas"
        attributionPosition="top-right"
      >
        <Background gap={18} size={1.6} color="var(--dot)" />
        {stages.length >= OVERVIEW_FROM && <Overview arrangement={arrangement} store={store} onMove={onMove} />}
        <p id="fm-canvas-keys" className="sr-only">
          The arrow keys go from stage to stage.
        </p>
        {note && (
          <Panel position="top-left" className="flex items-center gap-2">
            {note}
          </Panel>
        )}
        <Opening arrangement={arrangement} store={store} noted={Boolean(note)} />
        <Zoom following={follow ? following : undefined} onFollow={setFollowing} />
        {follow && following && <FollowRun arrangement={arrangement} graph={graph} store={store} />}
        <Arrows arrangement={arrangement} />
        <FollowSelection store={store} arrangement={arrangement} />
      </ReactFlow>
    </CanvasContext.Provider>
  )
}

function shapeOf({ id, name, component, kind, dependsOn, parent, branch, position }: CanvasStage): CanvasStage {
  return {
    id,
    name: name ?? null,
    component,
    kind,
    dependsOn,
    parent: parent ?? null,
    branch: branch ?? null,
    position: position ?? null,
  }
}

function toFlow(graph: Graph, arrangement: Arrangement | undefined): { nodes: Node[]; edges: Edge[] } {
  if (!arrangement) return { nodes: [], edges: [] }
  const nodes: Node[] = []
  for (const [id, frame] of arrangement.frames) {
    const card = arrangement.stages.get(id)
    const outY = card ? card.y - frame.y + STAGE_H / 2 : frame.height / 2
    nodes.push({
      id: `frame:${id}`,
      type: 'frame',
      position: { x: frame.x, y: frame.y },
      width: frame.width,
      height: frame.height,
      zIndex: 0,
      selectable: false,
      data: { width: frame.width, height: frame.height, outY },
    })
  }
  // In the order of the file, so that the Tab key walks the pipeline.
  for (const stage of graph.stages.values()) {
    const place = arrangement.stages.get(stage.id)
    if (!place) continue
    nodes.push({
      id: stage.id,
      type: 'stage',
      position: { x: place.x, y: place.y },
      width: place.width,
      height: place.height,
      zIndex: 2,
      data: { stage },
    })
  }
  const edges = graph.edges.map((edge): Edge => ({
    id: edge.id,
    type: 'line',
    source: edge.fromFrame ? `frame:${edge.source}` : edge.source,
    target: edge.target,
    zIndex: 1,
    data: { from: edge.source, to: edge.target, label: edge.label, turn: arrangement.turns.get(edge.id) },
  }))
  return { nodes, edges }
}

export function CanvasSkeleton() {
  return (
    <Loading
      label="Laying the canvas out"
      className="flex size-full items-center justify-center gap-14 overflow-hidden p-6"
    >
      {[0, 1, 2].map((each) => (
        <Skeleton key={each} className="h-[54px] w-[196px] shrink-0 rounded-stage" />
      ))}
    </Loading>
  )
}
