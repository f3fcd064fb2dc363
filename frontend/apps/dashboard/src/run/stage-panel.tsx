// One stage of the run: what it gave, what it read, what it logged, how often it tried,
// and what happens if the worker dies now.

import { type ReactNode, useEffect, useMemo } from 'react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { RunStagesDocument, type StageFieldsFragment } from '@flowmason/graphql'
import { ComponentIcon } from '@flowmason/pipeline-canvas'
import {
  Ago,
  Copy,
  Elapsed,
  Empty,
  ErrorPanel,
  JsonView,
  Loading,
  Note,
  Select,
  Skeleton,
  StatusIcon,
  StatusPill,
  TabPanel,
  Tabs,
  formatDuration,
  formatExact,
} from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useComponent } from '../pipeline/docs.tsx'
import { count } from '../lib/words.ts'
import { stageTabs } from '../router.tsx'
import { type RunState, type StageState, isOver } from './journal.ts'
import { LogLine } from './log-list.tsx'
import { money } from './summary.tsx'
import type { TokenText } from './tokens.ts'
import { ValueBox } from './value-box.tsx'

const skipWords: Record<string, string> = {
  dependency: 'None of the stages that it depends on has a result.',
  branch: 'Its branch was not chosen.',
  not_needed: 'Nothing had to be caught.',
  scope_failed: 'A stage beside it failed first.',
}

interface StagePanelProps {
  runId: string
  address: string
  stage: StageFieldsFragment
  state: RunState
  text: TokenText | undefined
  onSelect: (address: string) => void
}

export function StagePanel({ runId, address, stage, state, text, onSelect }: StagePanelProps) {
  const { view = 'output' } = useSearch({ from: '/shell/runs/$runId' })
  const navigate = useNavigate({ from: '/runs/$runId' })
  const own = state.stages.get(address)
  const status = own?.status ?? 'idle'
  const logs = useMemo(() => state.logs.filter((entry) => entry.address === address), [state.logs, address])
  return (
    <>
      <header className="px-4 pt-3.5 pb-2 max-md:pr-12">
        <div className="flex items-center gap-2">
          <ComponentIcon component={stage.component} size={16} className="shrink-0 text-muted" aria-hidden="true" />
          <h2 className="title min-w-0 flex-1 truncate">{stage.id}</h2>
          <StatusPill status={status} />
        </div>
        <p className="flex flex-wrap items-center gap-x-1 text-xs text-muted">
          <span>{stage.component}</span>
          {own?.items !== undefined && <span>· {count(own.items, 'item')}</span>}
          {own && own.attempts.length > 0 && <span>· attempt {own.attempts.at(-1)?.number}</span>}
          {own?.startedAt !== undefined && !isOver(own.status) && (
            <span>
              · started <Ago at={new Date(own.startedAt).toISOString()} />
            </span>
          )}
          {own?.startedAt !== undefined && own.finishedAt !== undefined && (
            <span>· {formatDuration(own.finishedAt - own.startedAt)}</span>
          )}
        </p>
        <Siblings address={address} own={own} state={state} onSelect={onSelect} />
      </header>
      <Tabs
        label="Stage"
        value={view}
        onChange={(next) =>
          void navigate({
            search: (before) => ({ ...before, view: stageTabs.find((each) => each === next) }),
            replace: true,
          })
        }
        tabs={[
          { id: 'output', label: 'Output' },
          { id: 'input', label: 'Input' },
          { id: 'logs', label: 'Logs', count: logs.length || undefined },
          {
            id: 'attempts',
            label: 'Attempts',
            count: own && own.attempts.length > 1 ? own.attempts.length : undefined,
          },
        ]}
        className="flex-1"
      >
        <TabPanel id="output" className="overflow-y-auto p-4">
          <div className="flex flex-col gap-5">
            <Output runId={runId} address={address} own={own} text={text} dependsOn={stage.dependsOn} />
            {own && !isOver(own.status) && <IfItDies component={stage.component} status={status} />}
          </div>
        </TabPanel>
        <TabPanel id="input" className="overflow-y-auto p-4">
          <StageInput runId={runId} address={address} own={own} config={stage.config} />
        </TabPanel>
        <TabPanel id="logs" className="overflow-y-auto py-2">
          {logs.length === 0 ? (
            <Empty title="No log lines" className="py-8">
              {own && !isOver(own.status) ? 'They appear when the stage ends.' : 'This stage wrote none.'}
            </Empty>
          ) : (
            logs.map((entry, index) => <LogLine key={`${entry.seq}-${index}`} entry={entry} />)
          )}
        </TabPanel>
        <TabPanel id="attempts" className="overflow-y-auto p-4">
          <Attempts own={own} />
        </TabPanel>
      </Tabs>
    </>
  )
}

/** A stage inside a foreach ran once per item: choose which. */
function Siblings({
  address,
  own,
  state,
  onSelect,
}: {
  address: string
  own: StageState | undefined
  state: RunState
  onSelect: (address: string) => void
}) {
  const others = useMemo(
    () => (own ? [...state.stages.values()].filter((each) => each.stage === own.stage) : []),
    [state.stages, own],
  )
  if (others.length < 2) return null
  return (
    <div className="flex items-center gap-2 pt-2">
      <Select
        aria-label="Which run of this stage"
        className="min-w-0 flex-1"
        value={address}
        onChange={(event) => onSelect(event.target.value)}
      >
        {others.map((each) => (
          <option key={each.address} value={each.address}>
            {each.address} – {each.status}
          </option>
        ))}
      </Select>
    </div>
  )
}

function Output({
  runId,
  address,
  own,
  text,
  dependsOn,
}: {
  runId: string
  address: string
  own: StageState | undefined
  text: TokenText | undefined
  dependsOn: readonly string[]
}) {
  if (!own) {
    return (
      <Empty title="Not started" className="py-8">
        {dependsOn.length > 0
          ? `It starts when ${dependsOn.join(' and ')} ${dependsOn.length === 1 ? 'is' : 'are'} done.`
          : 'It has not been scheduled.'}
      </Empty>
    )
  }
  if (own.status === 'skipped')
    return (
      <Empty title="Skipped" className="py-8">
        {skipWords[own.skipReason ?? ''] ?? own.skipReason ?? 'The path to it was not taken.'}
      </Empty>
    )
  if (own.status === 'succeeded') return <Finished runId={runId} address={address} own={own} />
  return (
    <>
      {own.error && (
        <ErrorPanel
          title={
            own.status === 'failed'
              ? 'The stage failed'
              : `Attempt ${own.attempts.findLast((each) => each.error)?.number ?? ''} failed`
          }
          problem={{ message: own.error.message, code: own.error.code }}
        />
      )}
      {own.status === 'waiting' && own.waitingUntil !== undefined && (
        <Until due={own.waitingUntil} retry={own.error !== undefined} />
      )}
      {text && own.status !== 'failed' ? (
        <div className="flex flex-col gap-1.5">
          <div className="flex min-h-6 items-center gap-2 text-xs text-muted">
            <span className="flex-1">content, as it is written</span>
            <span className="tnum">{text.end.toLocaleString('en')} characters</span>
            <Copy text={() => text.text} label="Copy the text so far" />
          </div>
          <div
            className="rounded-control border border-line2 bg-sunk px-3 py-2.5 break-words whitespace-pre-wrap"
            data-testid="stream"
          >
            {text.gap && <span className="text-muted">… </span>}
            {text.text}
            {own.status === 'running' && <span className="fm-caret" aria-hidden="true" />}
          </div>
        </div>
      ) : (
        (own.status === 'running' || own.status === 'queued') && (
          <p className="flex items-center gap-2 text-muted">
            <StatusIcon status={own.status} />
            {own.status === 'queued' ? 'Scheduled; a slot is about to be free.' : 'Running for '}
            {own.status === 'running' && own.startedAt !== undefined && <Elapsed from={own.startedAt} to={undefined} />}
          </p>
        )
      )}
    </>
  )
}

function Until({ due, retry }: { due: number; retry: boolean }) {
  return (
    <Note tone="wait" icon={<StatusIcon status="waiting" size={15} />}>
      {retry ? 'Tries again ' : 'Goes on '}
      <Ago at={new Date(due).toISOString()} />, at {formatExact(due)}. No worker is held meanwhile.
    </Note>
  )
}

function Finished({ runId, address, own }: { runId: string; address: string; own: StageState }) {
  // The journal has the value unless it is too long; then the server has the whole of it.
  const long = typeof own.output === 'object' && own.output !== null && '$artifact' in own.output
  const { data } = useAnswer(RunStagesDocument, { id: runId }, { pause: !long, requestPolicy: 'cache-first' })
  const whole = long ? data?.run.stages.find((each) => each.address === address)?.output : undefined
  const usage = own.usage
  const seconds =
    own.startedAt !== undefined && own.finishedAt !== undefined ? (own.finishedAt - own.startedAt) / 1000 : 0
  return (
    <>
      <ValueBox
        title="Output"
        value={whole ?? own.output}
        aside={
          usage && usage.completionTokens > 0 ? (
            <span className="tnum">
              {usage.completionTokens.toLocaleString('en')} tokens
              {seconds > 0 && ` · ${Math.round(usage.completionTokens / seconds)} per s`}
            </span>
          ) : undefined
        }
      />
      {usage && usage.calls > 0 && (
        <dl className="grid grid-cols-[96px_1fr] gap-x-3 gap-y-1">
          <dt className="text-muted">Model calls</dt>
          <dd className="tnum">{usage.calls}</dd>
          <dt className="text-muted">Tokens</dt>
          <dd className="tnum">
            {usage.promptTokens.toLocaleString('en')} read, {usage.completionTokens.toLocaleString('en')} written
          </dd>
          <dt className="text-muted">Cost</dt>
          <dd className="tnum">
            {usage.costUsd === null ? 'unknown: the model has no price here' : money(usage.costUsd)}
          </dd>
        </dl>
      )}
    </>
  )
}

function StageInput({
  runId,
  address,
  own,
  config,
}: {
  runId: string
  address: string
  own: StageState | undefined
  config: unknown
}) {
  const { data, problem, refetch, fetching } = useAnswer(RunStagesDocument, { id: runId })
  const status = own?.status
  // What it read is known once it has started, and final once it has ended.
  useEffect(() => {
    if (status === 'running' || status === 'succeeded' || status === 'failed') refetch()
  }, [status, address, refetch])
  const found = data?.run.stages.find((each) => each.address === address)
  if (problem) return <ErrorPanel title="The input cannot be read" problem={problem} onRetry={refetch} />
  if (!data) {
    return (
      <Loading label="Loading the input">
        <Skeleton className="h-32" />
      </Loading>
    )
  }
  return (
    <div className="flex flex-col gap-5">
      {found?.input !== undefined && found.input !== null ? (
        <ValueBox title="As the stage read it" value={found.input} />
      ) : (
        <p className="text-muted">
          {fetching
            ? 'Reading …'
            : own && own.status !== 'queued'
              ? 'This stage read nothing.'
              : 'Known once the stage starts.'}
        </p>
      )}
      <div className="flex flex-col gap-1.5">
        <div className="text-xs text-muted">As the file says</div>
        <div className="rounded-control border border-line2 bg-sunk p-2.5">
          <JsonView value={config} />
        </div>
      </div>
    </div>
  )
}

function Attempts({ own }: { own: StageState | undefined }) {
  if (!own || own.attempts.length === 0)
    return (
      <Empty title="No attempt yet" className="py-8">
        A crash of the worker is not an attempt.
      </Empty>
    )
  return (
    <ol className="flex flex-col gap-3">
      {own.attempts.toReversed().map((attempt) => (
        <li key={`${attempt.number}/${attempt.startedAt}`} className="rounded-control border border-line2 p-3">
          <p className="flex items-center gap-2 font-medium">
            <StatusIcon
              status={
                attempt.error
                  ? 'failed'
                  : attempt.finishedAt === undefined
                    ? own.status === 'waiting'
                      ? 'waiting'
                      : isOver(own.status)
                        ? own.status
                        : 'running'
                    : 'succeeded'
              }
            />
            Attempt {attempt.number}
            <span className="ml-auto text-xs font-normal text-muted">
              <Elapsed
                from={attempt.startedAt}
                to={attempt.finishedAt ?? (isOver(own.status) ? own.finishedAt : undefined)}
              />
            </span>
          </p>
          <p className="text-xs text-muted">{formatExact(attempt.startedAt)}</p>
          {attempt.error && (
            <p className="pt-1.5 break-words">
              {attempt.error.message} <code className="text-muted">{attempt.error.code}</code>
            </p>
          )}
          {attempt.retryAt !== undefined && (
            <p className="text-xs text-muted">tried again at {formatExact(attempt.retryAt)}</p>
          )}
        </li>
      ))}
    </ol>
  )
}

function IfItDies({ component, status }: { component: string; status: string }) {
  const { found } = useComponent(component)
  if (!found) return null
  const words: Record<typeof found.effect, ReactNode> = {
    PURE: 'The stage is computed again. Nothing is lost.',
    READ: 'The stage reads again. Nothing is lost, nothing is sent.',
    CALL: 'The call may be repeated and is metered once more. Nothing has left for anybody yet.',
    EFFECT: 'The request is sent again with the same idempotency key, so that the receiver can tell.',
  }
  const safe = found.effect === 'PURE' || found.effect === 'READ'
  const Icon = found.effect === 'EFFECT' ? ShieldAlert : ShieldCheck
  return (
    <section className="flex flex-col gap-1.5">
      <h3 className="text-xs text-muted">If this worker dies now</h3>
      <Note tone={safe || found.effect === 'CALL' ? 'ok' : 'wait'} icon={<Icon size={15} aria-hidden="true" />}>
        {status === 'waiting'
          ? 'The time is in the journal: the stage goes on when it is due.'
          : status === 'queued'
            ? 'The stage has not begun; another worker starts it.'
            : words[found.effect]}
      </Note>
    </section>
  )
}
