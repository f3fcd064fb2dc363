// A run: what is it doing, what did it cost, what happens if the worker dies now.

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { RotateCcw, Square } from 'lucide-react'
import { CancelRunDocument, RetryRunDocument, type RunPageQuery, useLink } from '@flowmason/graphql'
import { createCanvasStore } from '@flowmason/pipeline-canvas'
import { Canvas, CanvasSkeleton } from '@flowmason/pipeline-canvas/canvas'
import {
  Ago,
  Boundary,
  Button,
  Copy,
  Elapsed,
  ErrorPanel,
  Id,
  Skeleton,
  StatusPill,
  TabPanel,
  Tabs,
  Tip,
  cx,
  shortId,
  toStatus,
} from '@flowmason/ui'
import { makeLayoutWorker } from '../lib/layout-worker.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { actorWords } from '../lib/words.ts'
import { runTabs } from '../router.tsx'
import { useHotkeys } from '../shell/hotkeys.ts'
import { PageHead } from '../shell/page.tsx'
import { useMay } from '../shell/shell.tsx'
import { Workbench } from '../shell/workbench.tsx'
import { EventList } from './event-list.tsx'
import { facesOf } from './faces.ts'
import { FailureBanner } from './failure.tsx'
import { type RunState, type StageState, isOver, runAt } from './journal.ts'
import { LogList } from './log-list.tsx'
import { ResultView } from './result-view.tsx'
import { RunInspector } from './run-inspector.tsx'
import { Scrubber } from './scrubber.tsx'
import { StagePanel } from './stage-panel.tsx'
import { Summary } from './summary.tsx'
import { Timeline } from './timeline.tsx'
import { type RunOnScreen, useRun } from './use-run.ts'

export function RunPage() {
  const { runId } = useParams({ from: '/shell/runs/$runId' })
  return <KeyedRun key={runId} id={runId} />
}

const NOBODYS = 'The address may be cut short, or the run belongs to another organization than the one shown here.'

function KeyedRun({ id }: { id: string }) {
  const screen = useRun(id)
  const { page } = screen
  const run = page.data?.run
  useTitle(run && `${run.pipeline.name} ${shortId(run.id)}`)
  if (page.problem) {
    const missing = page.problem.code === 'NOT_FOUND'
    return (
      <>
        <PageHead crumbs={[{ label: 'Runs', to: { to: '/runs' } }, { label: shortId(id) }]} />
        <div className="mx-auto w-full max-w-xl p-6">
          <ErrorPanel
            title={missing ? 'There is no such run' : 'The run cannot be shown'}
            problem={missing ? { ...page.problem, message: NOBODYS } : page.problem}
            onRetry={missing ? undefined : page.refetch}
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
  if (!run) return <PageSkeleton id={id} />
  return <Loaded run={run} screen={screen} />
}

export type RunData = RunPageQuery['run']

function Loaded({ run, screen }: { run: RunData; screen: RunOnScreen }) {
  const search = useSearch({ from: '/shell/runs/$runId' })
  const navigate = useNavigate({ from: '/runs/$runId' })
  const mayStart = useMay('run.start')
  const mayCancel = useMay('run.cancel')
  const { live } = screen
  const stages = run.version.stages
  const at = search.at !== undefined && search.at < live.run.seq ? search.at : null
  // The same fold, over all events or over the first n: live view and looking back are one thing.
  const state = useMemo(() => (at === null ? live.run : runAt(live.run, at)), [live.run, at])
  const [store] = useState(createCanvasStore)

  const faces = useRef({})
  useEffect(() => {
    faces.current = facesOf(stages, state, faces.current)
    store.setState({ faces: faces.current })
  }, [store, stages, state])

  // A stage may be chosen before it runs: its id stands in the address bar until there is a run of it.
  const address = search.stage === undefined ? null : addressOf(state, search.stage)
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
  const selectStage = useCallback(
    (id: string | null) => selectAddress(id === null ? null : (telling(latest.current, id)?.address ?? id)),
    [selectAddress],
  )

  // Before its first event the run shows what the server said.
  const status = state.seq > 0 ? state.status : toStatus(run.status)
  const over = isOver(live.run.seq > 0 ? live.run.status : toStatus(run.status))
  const startedAt = state.startedAt ?? (run.startedAt ? Date.parse(run.startedAt) : undefined)
  const finishedAt = over
    ? (live.run.finishedAt ?? (run.finishedAt ? Date.parse(run.finishedAt) : undefined))
    : undefined

  const note = useMemo(() => <VersionNote run={run} />, [run])
  const cancel = useChange(CancelRunDocument)
  const retry = useChange(RetryRunDocument)
  const [asked, setAsked] = useState(false)
  const cancelRun = async () => {
    setAsked(true)
    if (!(await cancel.run({ input: { runId: run.id } }))) setAsked(false)
  }
  const retryRun = async () => {
    const done = await retry.run({ input: { runId: run.id } })
    if (done) void navigate({ to: '/runs/$runId', params: { runId: done.retryRun.run.id }, search: {} })
  }
  const cancelling = !over && (asked || live.run.cancelling)
  const tab = search.tab ?? 'timeline'
  const setTab = (next: string) =>
    void navigate({ search: (before) => ({ ...before, tab: runTabs.find((each) => each === next) }), replace: true })
  const setAt = useCallback(
    (next: number | null) =>
      void navigate({ search: (before) => ({ ...before, at: next ?? undefined }), replace: true }),
    [navigate],
  )
  const nextFailure = () => {
    const failed = [...state.stages.values()].filter((each) => each.status === 'failed').map((each) => each.address)
    const next = failed[(failed.indexOf(address ?? '') + 1) % failed.length]
    if (next) selectAddress(next)
  }
  useHotkeys({
    c: mayCancel && !over && !cancelling ? () => void cancelRun() : undefined,
    r: mayStart && over && !retry.busy ? () => void retryRun() : undefined,
    f: nextFailure,
    l: () => setAt(null),
    escape: () => selectAddress(null),
  })

  return (
    <>
      <PageHead
        crumbs={[
          { label: 'Pipelines', to: { to: '/pipelines' }, wide: true },
          { label: run.pipeline.name, to: { to: '/pipelines/$pipelineId', params: { pipelineId: run.pipeline.id } } },
          {
            label: (
              <span className="flex items-center">
                <Id id={run.id} copy={false} />
              </span>
            ),
          },
        ]}
        after={
          <>
            <span data-testid="run-status">
              <StatusPill status={status} {...(cancelling ? { word: 'Cancelling' } : {})} />
            </span>
            {startedAt !== undefined && (
              <span className="text-muted">
                <Elapsed from={startedAt} to={finishedAt} />
              </span>
            )}
            <span className="truncate text-muted max-lg:hidden">
              · started by {actorWords(run.startedBy)} <Ago at={run.createdAt} />
            </span>
            {!over && <LiveDot at={at} />}
            <p className="sr-only" role="status">
              The run is {cancelling ? 'being cancelled' : over ? status : 'under way'}
            </p>
          </>
        }
        actions={
          <>
            <Copy text={() => location.href} label="Copy the link" className="size-7 max-sm:hidden" />
            {mayCancel && !over && (
              <Button
                busy={cancelling}
                onClick={() => void cancelRun()}
                shortcut="C"
                icon={<Square size={13} aria-hidden="true" />}
              >
                Cancel
              </Button>
            )}
            {mayStart && over && (
              <Button
                busy={retry.busy}
                onClick={() => void retryRun()}
                shortcut="R"
                icon={<RotateCcw size={13} aria-hidden="true" />}
              >
                Run again
              </Button>
            )}
          </>
        }
      />
      {screen.refused && !over && (
        <ErrorPanel title="The run cannot be followed live" problem={screen.refused} className="m-3" />
      )}
      {status === 'failed' && <FailureBanner run={run} state={state} onShow={selectAddress} />}
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
          <>
            <Tabs
              label="Run"
              value={tab}
              onChange={setTab}
              tabs={[
                { id: 'timeline', label: 'Timeline' },
                { id: 'logs', label: 'Logs', count: state.logs.length },
                { id: 'events', label: 'Events', count: state.seq > 0 ? state.events.length : undefined },
                { id: 'result', label: over ? 'Result' : 'Input' },
              ]}
              className="flex-1"
            >
              <TabPanel id="timeline" className="flex flex-col">
                <Boundary name="The timeline">
                  <Timeline run={state} at={at} selected={address} onSelect={selectAddress} />
                </Boundary>
              </TabPanel>
              <TabPanel id="logs" className="flex flex-col">
                <Boundary name="The logs">
                  <LogList logs={state.logs} over={over} onSelect={selectAddress} />
                </Boundary>
              </TabPanel>
              <TabPanel id="events" className="flex flex-col">
                <Boundary name="The events">
                  <EventList events={state.events} onAt={setAt} />
                </Boundary>
              </TabPanel>
              <TabPanel id="result" className="overflow-y-auto">
                <Boundary name="The result">
                  <ResultView run={run} state={state} over={over} />
                </Boundary>
              </TabPanel>
            </Tabs>
            <Summary run={run} state={state} />
            <Scrubber run={live.run} at={at} live={!over} onAt={setAt} />
          </>
        }
        inspector={
          <Boundary key={address ?? ''} name="The inspector">
            {stage && address !== null ? (
              <StagePanel
                runId={run.id}
                address={address}
                stage={stage}
                state={state}
                text={at === null ? live.texts[address] : undefined}
                onSelect={selectAddress}
              />
            ) : (
              <RunInspector run={run} state={state} status={status} onSelect={selectAddress} />
            )}
          </Boundary>
        }
      />
    </>
  )
}

/**
 * Of a stage that ran several times, the run that needs attention, else the last one that was not skipped.
 * While there is only a skipped one, another item may still take the branch.
 */
function telling(state: RunState, id: string): StageState | undefined {
  const all = [...state.stages.values()].filter((each) => each.stage === id && each.status !== 'skipped')
  return all.find((each) => each.status === 'failed') ?? all.find((each) => each.status === 'running') ?? all.at(-1)
}

/** From what stands in the address bar (an address, or the id of a stage) to the run that is shown. */
function addressOf(state: RunState, wanted: string): string {
  if (state.stages.has(wanted)) return wanted
  const skipped = () => [...state.stages.values()].findLast((each) => each.stage === wanted)
  return (telling(state, wanted) ?? skipped())?.address ?? wanted
}

function VersionNote({ run }: { run: RunData }) {
  return (
    <span className="flex items-center gap-2 rounded-[4px] bg-raise px-2 py-0.5 text-xs text-muted">
      <Link
        to="/pipelines/$pipelineId"
        params={{ pipelineId: run.pipeline.id }}
        search={{ version: run.version.number }}
        className="hover:text-text"
      >
        version {run.version.number}
      </Link>
      <span>
        · made <Ago at={run.version.createdAt} />
      </span>
      {run.retriedFrom && (
        <Link to="/runs/$runId" params={{ runId: run.retriedFrom.id }} className="hover:text-text">
          · again from {shortId(run.retriedFrom.id)}
        </Link>
      )}
    </span>
  )
}

function LiveDot({ at }: { at: number | null }) {
  const link = useLink((each) => each.state)
  const [word, colour, text] =
    link !== 'live'
      ? [
          'Reconnecting',
          'text-wait',
          'The server does not answer. The run is in its journal; this page goes on from the last event by itself.',
        ]
      : at !== null
        ? ['Looking back', 'text-muted', 'The run goes on. Press L to see it live.']
        : ['Live', 'text-run', 'Every event is shown as it happens.']
  return (
    <Tip text={text}>
      <span role="status" data-link={link} className={cx('flex items-center gap-1.5 text-xs', colour)}>
        <span className="size-1.5 rounded-full bg-current" aria-hidden="true" />
        {word}
      </span>
    </Tip>
  )
}

function PageSkeleton({ id }: { id: string }) {
  return (
    <>
      <PageHead
        crumbs={[{ label: 'Pipelines', to: { to: '/pipelines' }, wide: true }, { label: <code>{shortId(id)}</code> }]}
        after={<Skeleton className="h-5 w-20 rounded-full" />}
      />
      <Workbench
        selected={null}
        onClose={() => {}}
        canvas={<CanvasSkeleton />}
        below={
          <div className="flex flex-col gap-3 p-4">
            {[28, 44, 36, 52].map((width) => (
              <Skeleton key={width} className="h-4" />
            ))}
          </div>
        }
        inspector={
          <div className="flex flex-col gap-3 p-4">
            <Skeleton className="h-5 w-40" />
            <Skeleton className="h-4 w-56" />
            <Skeleton className="h-40" />
          </div>
        }
      />
    </>
  )
}
