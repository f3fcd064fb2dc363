// With no stage selected: the run as a whole, and what needs attention in it.

import type { ReactNode } from 'react'
import { Ago, Copy, Id, type Status, StatusIcon, StatusPill, formatDuration, statusWord } from '@flowmason/ui'
import { actorWords, count } from '../lib/words.ts'
import { type RunState, type StageState, isOver } from './journal.ts'
import type { RunData } from './run-page.tsx'
import { ValueBox } from './value-box.tsx'

/** One sentence: what is it doing? */
function sentence(run: RunData, state: RunState, status: Status): string {
  const all = [...state.stages.values()]
  const names = (of: StageState[]) => [...new Set(of.map((stage) => stage.stage))].slice(0, 3).join(', ')
  if (status === 'queued') return 'The run is in the queue; a worker takes it as soon as one is free.'
  if (status === 'failed') return `The run failed after ${durationOf(state)}.`
  if (status === 'cancelled') return `The run was cancelled after ${durationOf(state)}.`
  if (status === 'succeeded') return `All done in ${durationOf(state)}: ${count(run.stagesTotal, 'stage')}.`
  // A control stage runs as long as its inner stages do; those say more.
  const running = all.filter((stage) => stage.status === 'running')
  const inner = running.filter((stage) => !running.some((other) => other.parent === stage.address))
  const waiting = all.filter((stage) => stage.status === 'waiting')
  if (inner.length > 0)
    return `${names(inner)} ${inner.length === 1 ? 'is' : 'are'} running${waiting.length > 0 ? `; ${names(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'}` : ''}.`
  if (waiting.length > 0)
    return `${names(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'}; nothing else can run before.`
  return 'The next stage is about to start.'
}

const durationOf = (state: RunState) =>
  state.startedAt !== undefined && state.finishedAt !== undefined
    ? formatDuration(state.finishedAt - state.startedAt)
    : 'a moment'

export function RunInspector({
  run,
  state,
  status,
  onSelect,
}: {
  run: RunData
  state: RunState
  status: Status
  onSelect: (address: string) => void
}) {
  const all = [...state.stages.values()]
  const now = all.filter(
    (stage) => stage.status === 'running' || stage.status === 'waiting' || stage.status === 'failed',
  )
  const output = run.output ?? state.output
  const over = isOver(status)
  return (
    <>
      <header className="border-b border-line px-4 pt-3.5 pb-3">
        <h2 className="title flex items-center justify-between gap-2">
          This run
          <StatusPill status={status} />
        </h2>
        <p className="pt-1 text-muted">{sentence(run, state, status)}</p>
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto p-4">
        {now.length > 0 && (
          <section>
            <h3 className="mb-1 text-xs text-muted">{over ? 'Needs a look' : 'Now'}</h3>
            <ul>
              {now.slice(0, 8).map((stage) => (
                <li key={stage.address}>
                  <button
                    type="button"
                    onClick={() => onSelect(stage.address)}
                    className="-mx-2 flex h-7 w-[calc(100%+16px)] items-center gap-2 rounded-control px-2 text-left hover:bg-raise"
                  >
                    <StatusIcon status={stage.status} />
                    <code className="min-w-0 flex-1 truncate">{stage.address}</code>
                    <span className="text-xs text-muted">{statusWord(stage.status).toLowerCase()}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        {over && output !== undefined && output !== null && <ValueBox title="Output" value={output} />}
        <dl className="grid grid-cols-[88px_1fr] gap-x-3 gap-y-1.5">
          <Fact name="Run">
            <Id id={run.id} />
          </Fact>
          <Fact name="Started by">{actorWords(run.startedBy)}</Fact>
          <Fact name="Asked for">
            <Ago at={run.createdAt} />
          </Fact>
          {run.startedAt && (
            <Fact name="Waited">
              {formatDuration(Date.parse(run.startedAt) - Date.parse(run.createdAt))} in the queue
            </Fact>
          )}
          <Fact name="From a shell">
            <span className="flex items-center">
              <code className="truncate text-muted">flowmason run …</code>
              <Copy
                text={() =>
                  `flowmason run ${run.pipeline.name}.pipeline.json --input '${JSON.stringify(run.input).replaceAll("'", String.raw`'\''`)}'`
                }
                label="Copy the command"
              />
            </span>
          </Fact>
        </dl>
        <ValueBox title="Input" value={run.input} />
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
