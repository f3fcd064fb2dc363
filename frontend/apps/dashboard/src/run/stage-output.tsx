// The output of a stage so far: its result, the text being generated, or why there is none.

import {
  Ago,
  Copy,
  Elapsed,
  Empty,
  ErrorPanel,
  Loading,
  Note,
  Skeleton,
  StatusIcon,
  formatDuration,
  formatExact,
  statusWord,
} from '@flowmason/ui'
import { RunStageDocument } from '@flowmason/graphql'
import { money } from '../lib/money.ts'
import { useAnswer } from '../lib/use-answer.ts'
import type { StageState } from './journal.ts'
import { shownStatus } from './shown.ts'
import { RUN_ENDED, skipWords } from './skip-words.ts'
import type { TokenText } from './tokens.ts'
import { ValueBox } from './value-box.tsx'

export function StageOutput({
  runId,
  address,
  own,
  text,
  dependsOn,
  over,
}: {
  runId: string
  address: string
  own: StageState | undefined
  text: TokenText | undefined
  dependsOn: readonly string[]
  /** Whether the run is over, so that stages that have not started never will. */
  over: boolean
}) {
  if (!own) {
    return (
      <Empty title="Not started" className="py-8">
        {over
          ? RUN_ENDED
          : dependsOn.length > 0
            ? `It starts when ${dependsOn.join(' and ')} ${dependsOn.length === 1 ? 'has' : 'have'} finished.`
            : 'It has not been scheduled.'}
      </Empty>
    )
  }
  if (own.status === 'skipped' && own.output === undefined)
    return (
      <Empty title={statusWord(shownStatus(own))} className="py-8">
        {skipWords(own.skipReason)}
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
      {own.status === 'cancelled' && <Cancelled runId={runId} own={own} text={text} />}
      {own.status === 'waiting' && own.waitingUntil !== undefined && (
        <Until due={own.waitingUntil} retry={own.error !== undefined} />
      )}
      {text && own.status !== 'failed' ? (
        <div className="flex flex-col gap-1.5">
          <div className="flex min-h-6 items-center gap-2 text-xs text-muted">
            <span className="flex-1">{own.status === 'cancelled' ? 'partial content' : 'content so far'}</span>
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
            {own.status === 'queued' ? 'Scheduled. It starts as soon as there is a free slot.' : 'Running for '}
            {own.status === 'running' && own.startedAt !== undefined && <Elapsed from={own.startedAt} to={undefined} />}
          </p>
        )
      )}
    </>
  )
}

/** A stage that was cut off by the end of the run: how long it ran, and its partial output. */
function Cancelled({ runId, own, text }: { runId: string; own: StageState; text: TokenText | undefined }) {
  const tries = own.attempts.length
  return (
    <>
      <Note icon={<StatusIcon status="cancelled" size={15} />}>
        {own.startedAt === undefined
          ? RUN_ENDED
          : `The run ended while this stage was running${
              own.finishedAt === undefined ? '' : `, after ${formatDuration(own.finishedAt - own.startedAt)}`
            }${tries > 1 ? ` and ${tries} attempts` : ''}.`}
        {own.output === undefined && !text && ' It has no result.'}
        {own.logs > 0 && ' Its log lines and attempts are kept.'}
      </Note>
      {own.output !== undefined && (
        <ValueBox title="Output" value={own.output} source={{ run: runId, stage: own.address, part: 'output' }} />
      )}
    </>
  )
}

function Until({ due, retry }: { due: number; retry: boolean }) {
  return (
    <Note tone="wait" icon={<StatusIcon status="waiting" size={15} />}>
      {retry ? 'Retries ' : 'Continues '}
      <Ago at={new Date(due).toISOString()} />, at {formatExact(due)}. It occupies no worker until then.
    </Note>
  )
}

function Finished({ runId, address, own }: { runId: string; address: string; own: StageState }) {
  // The journal has the value unless it is too long; then it is loaded from the server.
  const long = own.outputCut !== undefined
  const { data, problem, refetch } = useAnswer(
    RunStageDocument,
    { id: runId, address },
    { pause: !long, requestPolicy: 'cache-first' },
  )
  const loaded = long ? data?.run.stage : undefined
  const usage = own.usage
  const seconds =
    own.startedAt !== undefined && own.finishedAt !== undefined ? (own.finishedAt - own.startedAt) / 1000 : 0
  if (problem) return <ErrorPanel title="The output could not be loaded" problem={problem} onRetry={refetch} />
  if (long && !loaded) {
    return (
      <Loading label="Loading the output">
        <Skeleton className="h-32" />
      </Loading>
    )
  }
  return (
    <>
      <ValueBox
        title="Output"
        value={loaded ? loaded.output : own.output}
        source={{ run: runId, stage: address, part: 'output' }}
        info={loaded?.outputValue}
        aside={
          usage?.completionTokens ? (
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
            {usage.promptTokens?.toLocaleString('en') ?? 'unknown'} read,{' '}
            {usage.completionTokens?.toLocaleString('en') ?? 'unknown'} written
          </dd>
          <dt className="text-muted">Cost</dt>
          <dd className="tnum">
            {usage.costUsd === null
              ? 'unknown: no price is configured for this model, or its token count is unknown'
              : money(usage.costUsd)}
          </dd>
        </dl>
      )}
    </>
  )
}
