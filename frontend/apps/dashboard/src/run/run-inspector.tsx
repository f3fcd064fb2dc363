// The inspector without a selected stage: the whole run, and what needs attention in it.

import { type ReactNode, Suspense } from 'react'
import { Link } from '@tanstack/react-router'
import {
  Ago,
  Id,
  Skeleton,
  type Status,
  StatusIcon,
  StatusPill,
  formatDuration,
  shortId,
  statusWord,
} from '@flowmason/ui'
import { Deferred } from '../lib/deferred.tsx'
import { later } from '../lib/later.tsx'
import { type Span, lengthOf } from '../lib/run-time.ts'
import { actorWords } from '../lib/words.ts'
import { AddressText } from './address-text.tsx'
import { isInside } from './address.ts'
import { caughtBy } from './failures.ts'
import { type RunState, type StageState, isOver } from './journal.ts'
import type { RunData } from './run-page.tsx'
import { countStages, shownOf } from './shown.ts'
import { stageWords } from './tally.ts'
import { ValueBox } from './value-box.tsx'

const TerminalLine = later(() => import('./terminal-line.tsx'), 'TerminalLine')

const names = (of: readonly StageState[]) => {
  const all = [...new Set(of.map((stage) => stage.stage))]
  return all.length > 3 ? `${all.slice(0, 3).join(', ')} and ${all.length - 3} more` : all.join(', ')
}
const verb = (of: readonly StageState[], one: string, many: string) =>
  new Set(of.map((stage) => stage.stage)).size === 1 ? one : many

/** One sentence that describes what the run is doing. */
export function sentence(run: RunData, state: RunState, status: Status, span: Span, reading = false): string {
  const length = lengthOf(span)
  const after = length === undefined ? 'before it started' : `after ${formatDuration(length)}`
  const all = [...state.stages.values()]
  if (status === 'queued') return 'The run is queued. A worker starts it as soon as one is free.'
  if (status === 'failed') return `The run failed ${after}.`
  if (status === 'cancelled') return `The run was cancelled ${after}.`
  if (status === 'succeeded') {
    const what = all.length > 0 ? ` ${stageWords(countStages(shownOf(run.version.stages, state)))}.` : ''
    return `The run succeeded${length === undefined ? '' : ` in ${formatDuration(length)}`}.${what}`
  }
  // A control stage runs as long as its inner stages, which are more specific.
  const running = all.filter((stage) => stage.status === 'running')
  const inner = running.filter((stage) => !running.some((other) => other.parent === stage.address))
  const waiting = all.filter((stage) => stage.status === 'waiting')
  const waits = waiting.length > 0 ? `${names(waiting)} ${verb(waiting, 'is', 'are')} waiting` : ''
  // Control stages that only contain waiting stages do not count as running.
  const atWork = inner.filter((stage) => !waiting.some((other) => isInside(other.address, stage.address)))
  if (atWork.length > 0) return `${names(atWork)} ${verb(atWork, 'is', 'are')} running${waits && `; ${waits}`}.`
  if (waits) return `${waits}. Nothing else can run until then.`
  return reading ? 'Its current activity is still loading.' : 'The next stage is about to start.'
}

export function RunInspector({
  run,
  state,
  reading,
  status,
  span,
  onSelect,
}: {
  run: RunData
  state: RunState
  /** Whether the journal is still loading, so that the states of the stages are unknown. */
  reading: boolean
  status: Status
  span: Span
  onSelect: (address: string) => void
}) {
  const all = [...state.stages.values()]
  const components = new Map(run.version.stages.map((stage) => [stage.id, stage.component]))
  const failed = all
    .filter((stage) => stage.status === 'failed')
    .map((stage) => ({ stage, caught: caughtBy(state, stage, (id) => components.get(id)) }))
  const now = all.filter((stage) => stage.status === 'running' || stage.status === 'waiting')
  const plain = (stage: StageState) => ({ stage, note: statusWord(stage.status).toLowerCase() })
  const open = failed.filter((each) => !each.caught && status !== 'succeeded')
  const handled = failed.filter((each) => each.caught || status === 'succeeded')
  const output = run.output ?? state.output
  const over = isOver(status)
  return (
    <>
      <header className="border-b border-line px-4 pt-3.5 pb-3">
        <h2 className="title flex items-center justify-between gap-2">
          This run
          <StatusPill status={status} />
        </h2>
        <p className="pt-1 text-muted">{sentence(run, state, status, span, reading)}</p>
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto p-4">
        {now.length > 0 && <StageList title="Now" stages={now.map(plain)} onSelect={onSelect} />}
        {open.length > 0 && (
          <StageList title="Failed" stages={open.map(({ stage }) => plain(stage))} onSelect={onSelect} />
        )}
        {handled.length > 0 && (
          <StageList
            title="Failed, but the run continued"
            stages={handled.map(({ stage, caught }) => ({
              stage,
              note: caught ? `${caught.caught ? 'caught by' : 'contained by'} ${caught.control.stage}` : 'ignored',
            }))}
            onSelect={onSelect}
          />
        )}
        {/* Values and facts have many elements; they are rendered in steps, so that no task is long. */}
        <Deferred>
          {over && ((output !== undefined && output !== null) || run.outputValue?.truncated) && (
            <ValueBox title="Output" value={output} source={{ run: run.id, part: 'output' }} info={run.outputValue} />
          )}
          <Deferred>
            <dl className="grid grid-cols-[88px_1fr] gap-x-3 gap-y-1.5">
              <Fact name="Run">
                <Id id={run.id} />
              </Fact>
              <Fact name="Pipeline">
                <Link
                  to="/pipelines/$pipelineId"
                  params={{ pipelineId: run.pipeline.id }}
                  search={{ version: run.version.number }}
                  className="hover:underline"
                >
                  {run.pipeline.name}, version {run.version.number}
                </Link>
              </Fact>
              {run.retriedFrom && (
                <Fact name="Retry of">
                  <Link to="/runs/$runId" params={{ runId: run.retriedFrom.id }} className="hover:underline">
                    <code>{shortId(run.retriedFrom.id)}</code>
                  </Link>
                </Fact>
              )}
              {state.unchangedSince !== undefined && (
                <Fact name="Reuses">
                  <Link to="/runs/$runId" params={{ runId: state.unchangedSince }} className="hover:underline">
                    results of <code>{shortId(state.unchangedSince)}</code>
                  </Link>
                </Fact>
              )}
              <Fact name="Started by">{actorWords(run.startedBy)}</Fact>
              <Fact name="Requested">
                <Ago at={run.createdAt} />
              </Fact>
              {run.startedAt && (
                <Fact name="Time in queue">
                  {formatDuration(Date.parse(run.startedAt) - Date.parse(run.createdAt))}
                </Fact>
              )}
              <Fact name="In a terminal">
                <Suspense fallback={<Skeleton className="h-6" />}>
                  <TerminalLine run={run} />
                </Suspense>
              </Fact>
            </dl>
            <ValueBox title="Input" value={run.input} source={{ run: run.id, part: 'input' }} info={run.inputValue} />
          </Deferred>
        </Deferred>
      </div>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}

const MAX_STAGES = 8

function StageList({
  title,
  stages,
  onSelect,
}: {
  title: string
  stages: readonly { stage: StageState; note: string }[]
  onSelect: (address: string) => void
}) {
  return (
    <section>
      <h3 className="mb-1 text-xs text-muted">{title}</h3>
      <ul>
        {stages.slice(0, MAX_STAGES).map(({ stage, note }) => (
          <li key={stage.address}>
            <button
              type="button"
              onClick={() => onSelect(stage.address)}
              className="-mx-2 flex h-7 w-[calc(100%+16px)] items-center gap-2 rounded-control px-2 text-left hover:bg-raise"
            >
              <StatusIcon status={stage.status} />
              <AddressText address={stage.address} className="min-w-0 flex-1 truncate" />
              <span className="shrink-0 text-xs text-muted">{note}</span>
            </button>
          </li>
        ))}
      </ul>
      {stages.length > MAX_STAGES && (
        <p className="text-xs text-muted">and {stages.length - MAX_STAGES} more in the timeline</p>
      )}
    </section>
  )
}
