// The run page: what the run is doing, what it cost, and what happens if the worker dies now.

import { Suspense, memo, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router'
import { CancelRunDocument, type RetryFrom, RetryRunDocument, type RunPageQuery, useLink } from '@flowmason/graphql'
import { createCanvasStore } from '@flowmason/pipeline-canvas'
import { Canvas } from '@flowmason/pipeline-canvas/canvas'
import { Boundary, Empty, ErrorPanel, Skeleton, TabPanel, Tabs, shortId, toStatus } from '@flowmason/ui'
import { Deferred } from '../lib/deferred.tsx'
import { later } from '../lib/later.tsx'
import { makeLayoutWorker } from '../lib/layout-worker.ts'
import { spanOf } from '../lib/run-time.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { runTabs } from '../router.tsx'
import { useHotkeys } from '../shell/hotkeys.ts'
import { PageHead } from '../shell/page.tsx'
import { useMay } from '../shell/shell.tsx'
import { Workbench } from '../shell/workbench.tsx'
import { FailureBanner } from './failure.tsx'
import { nextFailure } from './failures.ts'
import { emptyRun, hasResults, isOver, runAt } from './journal.ts'
import { type Plan, usePlan } from './plan.ts'
import { type Reading, readingWords } from './reading.ts'
import { ResultView } from './result-view.tsx'
import { RunHead, RunSkeleton, VersionNote } from './run-head.tsx'
import { RunInspector } from './run-inspector.tsx'
import { Scrubber } from './scrubber.tsx'
import { addressOf, mostRelevantRun } from './selection.ts'
import type { StagePanelProps } from './stage-panel.tsx'
import { Summary } from './summary.tsx'
import { Timeline } from './timeline.tsx'
import { useFaces } from './use-faces.ts'
import { type RunOnScreen, useRun } from './use-run.ts'

// For the editor, which shows a run on the canvas of a draft (`editing/results/run-parts.ts`).
export { faceSteps } from './faces.ts'
export { addressOf } from './selection.ts'
export { createRunFeed } from './store.ts'

const EventList = later(() => import('./event-list.tsx'), 'EventList')
const LogList = later(() => import('./log-list.tsx'), 'LogList')
const StagePanel = later<'StagePanel', StagePanelProps>(() => import('./stage-panel.tsx'), 'StagePanel')
const CancelDialog = later(() => import('./cancel-dialog.tsx'), 'CancelDialog')

export function RunPage() {
  const { runId } = useParams({ from: '/shell/runs/$runId' })
  return <KeyedRun key={runId} id={runId} />
}

const NOT_FOUND_HINT = 'The URL may be incomplete, or the run may belong to another organization.'

function KeyedRun({ id }: { id: string }) {
  const screen = useRun(id)
  const { page } = screen
  const { plan, problem: planProblem, retry } = usePlan(id)
  const loaded = page.data?.run
  const run = useMemo(
    () => (loaded && plan ? { ...loaded, version: { ...loaded.version, stages: plan } } : undefined),
    [loaded, plan],
  )
  // The page is rendered in slices after its skeleton: with a thousand stages it takes more than a frame.
  const shown = useDeferredValue(run)
  useTitle(loaded && `${loaded.pipeline.name} ${shortId(loaded.id)}`)
  const problem = page.problem ?? planProblem
  if (problem) {
    const missing = problem.code === 'NOT_FOUND'
    return (
      <>
        <PageHead crumbs={[{ label: 'Runs', to: { to: '/runs' } }, { label: shortId(id) }]} />
        <div className="mx-auto w-full max-w-xl p-6">
          <ErrorPanel
            title={missing ? 'Run not found' : 'The run could not be loaded'}
            problem={missing ? { ...problem, message: NOT_FOUND_HINT } : problem}
            onRetry={
              missing
                ? undefined
                : () => {
                    page.refetch()
                    retry()
                  }
            }
            action={
              <Link
                to="/runs"
                className="inline-flex h-7 items-center rounded-control border border-line2 px-2.5 font-medium hover:bg-raise"
              >
                All runs
              </Link>
            }
          />
        </div>
      </>
    )
  }
  if (!run || !shown) return <RunSkeleton id={id} />
  return <Loaded run={shown} screen={screen} />
}

type Told = RunPageQuery['run']
/** The run from the server, with the stages of its version. */
export type RunData = Told & { version: Told['version'] & { stages: Plan } }

const useRunSearch = () => useSearch({ from: '/shell/runs/$runId' })

interface ContentProps {
  run: RunData
  screen: RunOnScreen
  search: ReturnType<typeof useRunSearch>
}

/** A newly selected stage is rendered in slices too. */
function Loaded(props: { run: RunData; screen: RunOnScreen }) {
  return <Content {...props} search={useDeferredValue(useRunSearch())} />
}

const Content = memo(function Content({ run, screen, search }: ContentProps) {
  const navigate = useNavigate({ from: '/runs/$runId' })
  const place = {
    pipelineId: run.pipeline.id,
    folderId: run.pipeline.folder?.id,
    environment: run.environment,
  }
  const mayStart = useMay('run.start', place)
  const mayCancel = useMay('run.cancel', place)
  const { live, reading } = screen
  const stages = run.version.stages
  // A partial journal is not shown: it would look like a run in progress.
  const behind = reading !== undefined
  const at = !behind && search.at !== undefined && search.at < live.run.seq ? search.at : null
  // Live view and looking back use the same fold, over all events or over the first n.
  const read = behind ? emptyRun : live.run
  const state = useMemo(() => (at === null ? read : runAt(read, at)), [read, at])
  const [store] = useState(createCanvasStore)

  useFaces(store, stages, behind ? undefined : state)

  // A stage can be selected before it runs: the URL has its id until there is a stage run.
  const address = search.stage === undefined ? null : addressOf(state, search.stage, stages)
  const selected = address === null ? null : (state.stages.get(address)?.stage ?? address.split('/').at(-1) ?? null)
  const stage = stages.find((each) => each.id === selected)
  useEffect(() => store.setState({ selected: stage?.id ?? null }), [store, stage])

  const selectAddress = useCallback(
    (next: string | null) =>
      void navigate({ search: (before) => ({ ...before, stage: next ?? undefined }), replace: true }),
    [navigate],
  )
  const latest = useRef(state)
  useEffect(() => {
    latest.current = state
  })
  // In a task of its own: the click has already cost finding its target among a thousand stages.
  const selectStage = useCallback(
    (id: string | null) =>
      void setTimeout(() => selectAddress(id === null ? null : (mostRelevantRun(latest.current, id)?.address ?? id))),
    [selectAddress],
  )

  // Before the first event, the page shows the state of the run's row.
  const status = state.seq > 0 ? state.status : toStatus(run.status)
  const over = isOver(read.seq > 0 ? read.status : toStatus(run.status))
  const span = spanOf(run, over, read)
  const link = useLink((each) => each.state)

  const note = useMemo(() => <VersionNote run={run} />, [run])
  useEffect(() => {
    for (const part of [StagePanel, CancelDialog, EventList, LogList]) part.preload()
  }, [])
  const cancel = useChange(CancelRunDocument)
  const retry = useChange(RetryRunDocument)
  const [asked, setAsked] = useState(false)
  /** The stage for which the picker is limited to failed runs. */
  const [failedOnly, setFailedOnly] = useState<string | null>(null)
  const [confirming, setConfirming] = useState(false)
  const askToCancel = () => setConfirming(true)
  const cancelRun = async () => {
    setAsked(true)
    const done = await cancel.run({ input: { runId: run.id } })
    setConfirming(false)
    if (!done) setAsked(false)
  }
  const retryRun = async (from: RetryFrom = 'START') => {
    const done = await retry.run({ input: { runId: run.id, from } })
    if (done) void navigate({ to: '/runs/$runId', params: { runId: done.retryRun.run.id }, search: {} })
  }
  const cancelling = !over && (asked || read.cancelling)
  const tab = search.tab ?? 'timeline'
  const setTab = (next: string) =>
    void navigate({ search: (before) => ({ ...before, tab: runTabs.find((each) => each === next) }), replace: true })
  const setAt = useCallback(
    (next: number | null) =>
      void navigate({ search: (before) => ({ ...before, at: next ?? undefined }), replace: true }),
    [navigate],
  )
  const setLine = useCallback(
    (next: string | undefined) => void navigate({ search: (before) => ({ ...before, line: next }), replace: true }),
    [navigate],
  )
  const router = useRouter()
  const named = (state.error ?? run.error)?.stage
  const showFailure = () => {
    // From the address, which a key pressed a moment ago has changed before this page was rendered again.
    const { stage: shown } = router.latestLocation.search as { stage?: string }
    const next = nextFailure(state, named, shown === undefined ? null : addressOf(state, shown, stages))
    if (next) selectAddress(next)
  }
  useHotkeys({
    c: mayCancel && !over && !cancelling ? askToCancel : undefined,
    r: mayStart && over && !retry.busy ? () => void retryRun() : undefined,
    f: showFailure,
    l: () => setAt(null),
    escape: () => selectAddress(null),
  })
  const atWork = [...state.stages.values()].filter((each) => each.status === 'running').map((each) => each.address)

  return (
    <>
      <RunHead
        run={run}
        status={status}
        over={over}
        span={span}
        at={at}
        reading={reading}
        cancelling={cancelling}
        mayCancel={mayCancel}
        mayStart={mayStart}
        retrying={retry.busy}
        onCancel={askToCancel}
        onRetry={() => void retryRun()}
        onRetryRest={
          (status === 'failed' || status === 'cancelled') && hasResults(read)
            ? () => void retryRun('FAILED_STAGE')
            : undefined
        }
      />
      {confirming && !over && (
        <Suspense fallback={null}>
          <CancelDialog
            name={run.pipeline.name}
            running={atWork}
            busy={cancel.busy}
            onCancel={() => void cancelRun()}
            onClose={() => setConfirming(false)}
          />
        </Suspense>
      )}
      {screen.refused && (!over || behind) && (
        <ErrorPanel title="The run cannot be followed live" problem={screen.refused} className="m-3" />
      )}
      {status === 'failed' && <FailureBanner run={run} state={state} onShow={showFailure} />}
      <Workbench
        selected={stage ? address : null}
        onClose={() => selectAddress(null)}
        canvas={
          <Boundary name="The canvas">
            <Canvas
              stages={stages}
              store={store}
              live
              follow={!over && at === null}
              makeLayoutWorker={makeLayoutWorker}
              onSelect={selectStage}
              note={note}
            />
          </Boundary>
        }
        below={
          <Deferred>
            <Tabs
              label="Run"
              value={tab}
              onChange={setTab}
              tabs={[
                { id: 'timeline', label: 'Timeline' },
                { id: 'logs', label: 'Logs', count: behind ? undefined : state.logs.length },
                { id: 'events', label: 'Events', count: state.seq > 0 ? state.events.length : undefined },
                { id: 'result', label: over ? 'Result' : 'Input' },
              ]}
              className="flex-1"
            >
              <TabPanel id="timeline" className="flex flex-col">
                <Boundary name="The timeline">
                  {reading ? (
                    <NotRead reading={reading} />
                  ) : (
                    <Timeline run={state} at={at} selected={address} onSelect={selectAddress} />
                  )}
                </Boundary>
              </TabPanel>
              <TabPanel id="logs" className="flex flex-col">
                <Boundary name="The logs">
                  <Suspense fallback={<PartSkeleton />}>
                    {reading ? (
                      <NotRead reading={reading} />
                    ) : (
                      <LogList
                        logs={state.logs}
                        over={over}
                        onSelect={selectAddress}
                        line={search.line}
                        onLine={setLine}
                      />
                    )}
                  </Suspense>
                </Boundary>
              </TabPanel>
              <TabPanel id="events" className="flex flex-col">
                <Boundary name="The events">
                  <Suspense fallback={<PartSkeleton />}>
                    {reading ? (
                      <NotRead reading={reading} />
                    ) : (
                      <EventList events={state.events} onAt={setAt} onStage={selectAddress} />
                    )}
                  </Suspense>
                </Boundary>
              </TabPanel>
              <TabPanel id="result" className="overflow-y-auto">
                <Boundary name="The result">
                  <ResultView run={run} state={state} over={over} />
                </Boundary>
              </TabPanel>
            </Tabs>
            {!behind && <Summary run={run} state={state} />}
            <Scrubber run={read} at={at} live={!over} link={link} onAt={setAt} />
          </Deferred>
        }
        inspector={
          <Deferred steps={2}>
            <Boundary key={address ?? ''} name="The inspector">
              {stage && reading ? (
                <NotRead name={stage.id} reading={reading} />
              ) : stage && address !== null ? (
                <Suspense fallback={<PartSkeleton />}>
                  <StagePanel
                    runId={run.id}
                    earlier={run.retriedFrom?.id ?? state.unchangedSince}
                    address={address}
                    stage={stage}
                    state={state}
                    mayRun={mayStart && over}
                    text={at === null ? live.texts[address] : undefined}
                    failedOnly={failedOnly === stage.id}
                    onFailedOnly={(only) => setFailedOnly(only ? stage.id : null)}
                    onSelect={selectAddress}
                  />
                </Suspense>
              ) : (
                <RunInspector
                  run={run}
                  state={state}
                  reading={behind}
                  status={status}
                  span={span}
                  onSelect={selectAddress}
                />
              )}
            </Boundary>
          </Deferred>
        }
      />
    </>
  )
})

/** The placeholder for content from the journal while it is loading. */
const NotRead = ({ reading, name }: { reading: Reading; name?: string }) => (
  <Empty title={name ?? readingWords(reading)} className="fm-late py-8">
    {name === undefined ? 'Its events are being loaded.' : readingWords(reading)}
  </Empty>
)

const PartSkeleton = () => (
  <div className="flex flex-col gap-2 p-4">
    <Skeleton className="h-3.5 w-2/3" />
    <Skeleton className="h-3.5 w-1/2" />
  </div>
)
