// The canvas: lays a document out by itself, then only looks (face) change, never places.

import { type ReactNode, memo, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import {
  Background,
  type Edge,
  MiniMap,
  type MiniMapNodeProps,
  type Node,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStoreApi,
  useStore as useFlow,
} from '@xyflow/react'
import { Maximize } from 'lucide-react'
import { Empty, IconButton, Loading, Skeleton, cx } from '@flowmason/ui'
import { useStore } from 'zustand'
import { type Arrangement, STAGE_H, arrange, arrangeQuick } from './arrange.ts'
import { CanvasContext } from './context.ts'
import { type MakeWorker, elkPlaces } from './elk.ts'
import type { CanvasStore } from './faces.ts'
import { FrameNode } from './frame-node.tsx'
import { LineEdge } from './line-edge.tsx'
import { type CanvasStage, type Graph, buildGraph } from './model.ts'
import { StageNode } from './stage-node.tsx'

const nodeTypes = { stage: StageNode, frame: FrameNode }
const edgeTypes = { line: LineEdge }
/** Above this many stages the whole is not fitted at open, and only what is in view is mounted. */
const MANY = 200
const MINIMAP_FROM = 5

export interface CanvasProps {
  stages: readonly CanvasStage[]
  store: CanvasStore
  live?: boolean
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
    arrange(graph, (input) => elkPlaces(make, input)).then(
      (arrangement) => current && setDone({ graph, arrangement }),
      (reason: unknown) => {
        console.warn('The layout worker did not answer; the simple layout is used.', reason)
        if (current) setDone({ graph, arrangement: arrangeQuick(graph) })
      },
    )
    return () => {
      current = false
    }
  }, [graph, make])
  return done?.graph === graph ? done.arrangement : undefined
}

function Inner({ stages, store, live = false, makeLayoutWorker, onSelect, note }: CanvasProps) {
  // Compared by what is drawn, not by the list's identity: an answer that says the same again moves nothing.
  const shape = useMemo(() => JSON.stringify(stages.map(shapeOf)), [stages])
  const graph = useMemo(() => buildGraph(JSON.parse(shape) as CanvasStage[]), [shape])
  const arrangement = useArrangement(graph, makeLayoutWorker)
  const { nodes, edges } = useMemo(() => toFlow(graph, arrangement), [graph, arrangement])
  const context = useMemo(() => ({ store, live, onSelect }), [store, live, onSelect])

  if (stages.length === 0) {
    return (
      <Empty title="No stages" className="h-full">
        This version has no stage that can be drawn.
      </Empty>
    )
  }
  if (!arrangement) return <CanvasSkeleton />
  const many = stages.length > MANY
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
        aria-label="Canvas"
      >
        <Background gap={18} size={1.6} color="var(--dot)" />
        {stages.length >= MINIMAP_FROM && (
          <MiniMap
            className="max-md:hidden"
            style={{ width: 152, height: 86 }}
            pannable
            zoomable
            nodeComponent={MiniMapStage}
            maskColor="transparent"
            maskStrokeColor="var(--copper)"
            maskStrokeWidth={1.5}
            ariaLabel="Overview of the canvas"
          />
        )}
        {note && (
          <Panel position="top-left" className="flex items-center gap-2">
            {note}
          </Panel>
        )}
        <Opening arrangement={arrangement} />
        <Zoom />
        <Follow store={store} arrangement={arrangement} />
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
    data: { from: edge.source, to: edge.target, label: edge.label },
  }))
  return { nodes, edges }
}

const fills: Record<string, string> = {
  running: 'var(--run)',
  waiting: 'var(--wait)',
  succeeded: 'var(--ok)',
  failed: 'var(--fail)',
}

const MiniMapStage = memo(function MiniMapStage({ id, x, y, width, height }: MiniMapNodeProps) {
  const { store } = useContext(CanvasContext)
  const status = useStore(store, (state) => state.faces[id]?.status)
  if (id.startsWith('frame:')) {
    return <rect x={x} y={y} width={width} height={height} rx={14} fill="none" stroke="var(--line2)" strokeWidth={5} />
  }
  return <rect x={x} y={y} width={width} height={height} rx={12} fill={(status && fills[status]) ?? 'var(--line2)'} />
})

const MARGIN = 24
/** On a small pane one looks at a part, on a large one at the whole. */
const readable = (width: number) => (width < 640 ? 0.5 : 0.33)

/** At open: the whole if it can be read, else its beginning. */
function Opening({ arrangement }: { arrangement: Arrangement }) {
  const flow = useReactFlow()
  const width = useFlow((state) => state.width)
  const pane = useStoreApi()
  const done = useRef<Arrangement>(undefined)
  useEffect(() => {
    const { height } = pane.getState()
    if (width === 0 || done.current === arrangement) return
    done.current = arrangement
    const room = { width: width - 2 * MARGIN, height: height - 2 * MARGIN }
    const fit = Math.min(room.width / arrangement.width, room.height / arrangement.height, 1)
    const zoom = Math.max(fit, readable(width))
    const x = arrangement.width * zoom <= room.width ? (width - arrangement.width * zoom) / 2 : MARGIN
    const y = arrangement.height * zoom <= room.height ? (height - arrangement.height * zoom) / 2 : MARGIN
    void flow.setViewport({ x, y, zoom })
  }, [width, arrangement, flow, pane])
  return null
}

function Zoom() {
  const flow = useReactFlow()
  const zoom = useFlow((state) => state.transform[2])
  // Far away a card shows its name only, in letters that can still be read.
  const far = zoom < 0.48 ? 'very' : zoom < 0.62 ? 'yes' : 'no'
  const host = useFlow((state) => state.domNode)
  useEffect(() => {
    host?.setAttribute('data-far', far)
  }, [host, far])
  const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches
  return (
    <Panel position="bottom-left" className="flex items-center gap-1">
      <div className="flex items-center rounded-control border border-line bg-panel">
        <IconButton
          label="Show everything"
          onClick={() => void flow.fitView({ padding: 0.06, maxZoom: 1, duration: calm() ? 0 : 150 })}
        >
          <Maximize size={14} aria-hidden="true" />
        </IconButton>
        <span className="tnum min-w-11 pr-2 text-center text-2xs text-muted">{Math.round(zoom * 100)}%</span>
      </div>
    </Panel>
  )
}

/** Brings a stage into view that was selected elsewhere (a problem, a row of the timeline) or reached by the Tab key. */
function Follow({ store, arrangement }: { store: CanvasStore; arrangement: Arrangement }) {
  const flow = useReactFlow()
  const pane = useStoreApi()
  const selected = useStore(store, (state) => state.selected)
  const first = useRef(true)
  const show = useCallback(
    (id: string, jump: boolean) => {
      const place = arrangement.stages.get(id)
      if (!place) return
      const { x, y, zoom } = flow.getViewport()
      // Read, not followed: only a new selection moves the view, resizing does not.
      const { width, height } = pane.getState()
      const [left, top] = [place.x * zoom + x, place.y * zoom + y]
      const inside =
        left > 8 && top > 8 && left + place.width * zoom < width - 8 && top + place.height * zoom < height - 8
      if (inside || width === 0) return
      const calm = jump || matchMedia('(prefers-reduced-motion: reduce)').matches
      void flow.setCenter(place.x + place.width / 2, place.y + place.height / 2, { zoom, duration: calm ? 0 : 150 })
    },
    [arrangement, flow, pane],
  )
  useEffect(() => {
    if (selected) show(selected, first.current)
    first.current = false
  }, [selected, show])
  const host = useFlow((state) => state.domNode)
  useEffect(() => {
    const onFocus = (event: FocusEvent) => {
      const target = event.target as HTMLElement
      const id = target.dataset['stage']
      if (id && target.matches(':focus-visible')) show(id, true)
    }
    host?.addEventListener('focusin', onFocus)
    return () => host?.removeEventListener('focusin', onFocus)
  }, [host, show])
  return null
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
