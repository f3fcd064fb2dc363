// The canvas: computes the layout of a document once; afterwards only appearances (faces) change, not positions.

import {
  type ReactNode,
  type RefObject,
  memo,
  startTransition,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react'
import { Empty, Loading, Skeleton, afterPaint, cx, loadUntilThere, yieldToPage } from '@flowmason/ui'
import { type Arrangement, DESK, PHONE, type Rect, arrange } from './arrange.ts'
import { CanvasContext } from './context.ts'
import { type CanvasEdit, EditContext } from './edit-context.ts'
import type { CanvasStore } from './faces.ts'
import { Far, useFarChoice, useInView } from './far.tsx'
import { FrameNode } from './frame-node.tsx'
import { type MakeWorker, layoutByWorker } from './layout-client.ts'
import { EdgeLabel } from './line-edge.tsx'
import { MarkedEdge } from './marked-edge.tsx'
import { endsOf, farSteps, linePath } from './lines.ts'
import { type CanvasStage, type Graph, buildGraph } from './model.ts'
import { Overview } from './overview.tsx'
import { Pane as PlanePane } from './pane.tsx'
import { LARGE, type Pane } from './scope.ts'
import { StageNode } from './stage-node.tsx'
import { inSlices } from './steps.ts'
import { Arrows, FollowRun, FollowSelection, Opening, Zoom, fitOf } from './view.tsx'
import { ViewContext, createViewport, useViewport } from './viewport.ts'

/** Above this many stages the canvas opens in the far view, and only stages in view are mounted. */
const FAR_VIEW_FROM = 200
const OVERVIEW_FROM = 5
const OVER_CARD = 11

export interface CanvasProps {
  stages: readonly CanvasStage[]
  store: CanvasStore
  /** Whether the faces are those of a run. */
  live?: boolean
  /** Whether the run is in progress, so that the view follows its running stages. */
  follow?: boolean
  makeLayoutWorker: MakeWorker
  onSelect: (stage: string | null) => void
  /** The stages can be changed. */
  edit?: CanvasEdit
  /** Makes room for what an editor has besides on the plane, and `drawing` is that in the overview. */
  grown?: (at: Rect) => Rect
  drawing?: ReactNode
  /** Content of the strip below the canvas. */
  note?: ReactNode
  /** Shown instead of a canvas without stages. */
  empty?: ReactNode
  className?: string
}

export const Canvas = memo(function Canvas(props: CanvasProps) {
  const host = useRef<HTMLDivElement>(null)
  const [viewport] = useState(createViewport)
  return (
    <div ref={host} className={cx('fm-canvas relative size-full bg-bg', props.className)}>
      <ViewContext value={viewport}>
        <Inner {...props} host={host} />
      </ViewContext>
    </div>
  )
})

/** The available size without margins and overlays; long chains are folded to fill it. */
function paneOf(host: HTMLElement | null): Pane {
  const { width = 0, height = 0 } = host?.getBoundingClientRect() ?? {}
  if (width < 200 || height < 160) return matchMedia('(min-width: 640px)').matches ? DESK : PHONE
  return { width: width - 48, height: height - 84 }
}

/**
 * Computes the layout whenever the document changes. Meanwhile there is none; in an editor, the stages are shown as
 * they were.
 */
function useArrangement(
  graph: Graph,
  make: MakeWorker,
  host: RefObject<HTMLElement | null>,
  stays: boolean,
  lay: typeof layoutByWorker,
): { graph: Graph; arrangement: Arrangement | undefined } {
  const [done, setDone] = useState<{ graph: Graph; arrangement: Arrangement }>()
  useEffect(() => {
    let current = true
    const run = async () => {
      // Measuring before the paint would force a layout of the page in this task.
      await afterPaint()
      if (!current) return
      const pane = stays ? DESK : paneOf(host.current)
      if (graph.stages.size > LARGE) await yieldToPage()
      const arrangement = await arrange(graph, (input, room) => lay(make, input, room), pane).catch(
        async (reason: unknown) => {
          console.warn('The layout worker did not answer; the simple layout is used.', reason)
          // It cannot be loaded either while the server is away.
          const { arrangeQuickly } = await loadUntilThere(() => import('./quick.ts'))
          return arrangeQuickly(graph, pane)
        },
      )
      // Placing all stages was a task of its own.
      if (graph.stages.size > LARGE) await yieldToPage()
      // The far view is rendered at once, so its paths are built in slices before.
      if (graph.stages.size > FAR_VIEW_FROM) await inSlices(farSteps(arrangement, graph))
      if (current) startTransition(() => setDone({ graph, arrangement }))
    }
    void run()
    return () => {
      current = false
    }
  }, [graph, make, host, stays, lay])
  return done && (stays || done.graph === graph) ? done : { graph, arrangement: undefined }
}

const same = (at: Rect): Rect => at

function Inner({
  stages,
  store,
  live = false,
  follow = false,
  makeLayoutWorker,
  onSelect,
  edit,
  grown = same,
  drawing,
  note,
  empty,
  host,
}: CanvasProps & { host: RefObject<HTMLElement | null> }) {
  // Compared by content, not by identity: an equal result must not cause a new layout.
  const [shown, setShown] = useState(stages)
  if (shown !== stages && !sameShape(shown, stages)) setShown(stages)
  const newest = useMemo(() => buildGraph(shown), [shown])
  const { graph, arrangement } = useArrangement(
    newest,
    makeLayoutWorker,
    host,
    edit !== undefined,
    edit?.parts.lay ?? layoutByWorker,
  )
  const many = stages.length > FAR_VIEW_FROM
  const inView = useInView(many)
  const viewport = useViewport()
  const drawn = useMemo(() => drawnOf(graph, arrangement, inView), [graph, arrangement, inView])
  const chosenFrom = useFarChoice(many ? arrangement : undefined)
  const keys = useId()
  const context = useMemo(() => ({ store, live, many, keys, onSelect }), [store, live, many, keys, onSelect])
  useEffect(() => {
    const { stop, selected } = store.getState()
    if (!stop || !graph.stages.has(stop)) store.setState({ stop: selected ?? [...graph.stages.keys()][0] ?? null })
  }, [graph, store])
  const extent = useMemo(() => arrangement && grown(arrangement), [arrangement, grown])
  const [following, setFollowing] = useState(true)
  const [overview, setOverview] = useState<boolean>()
  const onMove = useCallback(() => setFollowing(false), [])
  useEffect(() => {
    if (extent) viewport.allow(Math.min(0.1, fitOf(extent, paneOf(host.current)) * 0.9))
  }, [extent, viewport, host])

  if (stages.length === 0) {
    if (empty) return empty
    return (
      <Empty title="No stages" className="h-full">
        This version has no stage that can be drawn.
      </Empty>
    )
  }
  if (!arrangement || !extent) return <CanvasSkeleton />
  return (
    <EditContext value={edit}>
      <CanvasContext.Provider value={context}>
        <PlanePane
          // A user who moves the canvas wants it to stay there.
          onHand={onMove}
          onClick={(event) => {
            const target = event.target as Element
            const edge = target.closest<SVGElement>('[data-edge]')?.dataset['edge']
            if (edge !== undefined && edit) edit.onPickEdge(edge)
            else if (!target.closest('[data-stage], [data-handle], [data-nopan]')) onSelect(chosenFrom(event) ?? null)
          }}
          over={
            stages.length >= OVERVIEW_FROM && (
              <Overview
                arrangement={arrangement}
                extent={extent}
                drawing={drawing}
                store={store}
                pinned={overview}
                onMove={onMove}
              />
            )
          }
          strip={
            <Zoom
              extent={extent}
              following={follow ? following : undefined}
              onFollow={setFollowing}
              overview={overview}
              onOverview={setOverview}
              note={note}
            />
          }
        >
          {many && <Far arrangement={arrangement} graph={graph} store={store} />}
          {drawn.frames.map(([id, place]) => (
            <FrameNode key={id} stage={id} place={place} />
          ))}
          <svg className="pointer-events-none absolute top-0 left-0 size-px overflow-visible" aria-hidden="true">
            {drawn.edges.map(({ edge, path }) => (
              <MarkedEdge key={edge.id} edge={edge} path={path} />
            ))}
          </svg>
          {drawn.edges.map(({ edge, middle }) =>
            edge.label ? <EdgeLabel key={edge.id} label={edge.label} x={middle[0]} y={middle[1]} /> : null,
          )}
          {drawn.stages.map(({ stage, place }) => (
            <StageNode key={stage.id} stage={stage} place={place} />
          ))}
          {edit && <edit.parts.Layer arrangement={arrangement} graph={graph} edit={edit} host={host} />}
        </PlanePane>
        <p id={keys} className="sr-only">
          Use the arrow keys to move from stage to stage.
        </p>
        <Opening arrangement={arrangement} extent={extent} store={store} many={many} stays={edit !== undefined} />
        {follow && following && <FollowRun arrangement={arrangement} graph={graph} store={store} host={host} />}
        <Arrows arrangement={arrangement} host={host} />
        <FollowSelection store={store} arrangement={arrangement} host={host} edited={edit !== undefined} />
      </CanvasContext.Provider>
    </EditContext>
  )
}

/** What a layout depends on; x and y are those of positions. */
const SHAPE = ['id', 'name', 'component', 'kind', 'dependsOn', 'parent', 'branch', 'branches', 'position', 'x', 'y']
const shapeOf = (stage?: CanvasStage) => JSON.stringify(stage, SHAPE)

const sameShape = (before: readonly CanvasStage[], now: readonly CanvasStage[]): boolean =>
  before.length === now.length &&
  before.every((one, index) => one === now[index] || shapeOf(one) === shapeOf(now[index]))

interface Drawn {
  frames: [string, Rect][]
  /** In the order of the file, so that the Tab key follows the pipeline. */
  stages: { stage: CanvasStage; place: Rect }[]
  edges: { edge: Graph['edges'][number]; path: string; middle: [number, number] }[]
}

/** The position of a label: the middle of the edge, or above the target card if the edge leads around other stages. */
function labelPlace(at: Arrangement, edge: Graph['edges'][number], ends: [number, number, number, number]) {
  const [x1, y1, x2, y2] = ends
  const target = at.stages.get(edge.target)
  const place: [number, number] =
    at.routes.has(edge.id) && target
      ? [target.x + target.width / 2, target.y - OVER_CARD]
      : [(x1 + x2) / 2, (y1 + y2) / 2]
  return place
}

function drawnOf(graph: Graph, arrangement: Arrangement | undefined, inView: (place: Rect) => boolean): Drawn {
  const drawn: Drawn = { frames: [], stages: [], edges: [] }
  if (!arrangement) return drawn
  drawn.frames = [...arrangement.frames].filter(([, place]) => inView(place))
  for (const stage of graph.stages.values()) {
    const place = arrangement.stages.get(stage.id)
    if (place && inView(place)) drawn.stages.push({ stage, place })
  }
  const seen = new Set(drawn.stages.map(({ stage }) => stage.id))
  for (const edge of graph.edges) {
    const ends = seen.has(edge.source) || seen.has(edge.target) ? endsOf(arrangement, edge) : undefined
    if (!ends) continue
    drawn.edges.push({ edge, path: linePath(arrangement, edge), middle: labelPlace(arrangement, edge, ends) })
  }
  return drawn
}

export function CanvasSkeleton() {
  return (
    <Loading
      label="Laying out the canvas"
      className="flex size-full items-center justify-center gap-14 overflow-hidden p-6"
    >
      {[0, 1, 2].map((each) => (
        <Skeleton key={each} className="h-[54px] w-[196px] shrink-0 rounded-stage" />
      ))}
    </Loading>
  )
}
