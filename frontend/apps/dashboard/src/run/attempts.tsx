// The attempts of a stage, newest first.

import { Elapsed, Empty, StatusIcon, Ticked, formatExact } from '@flowmason/ui'
import { type StageState, isOver } from './journal.ts'

export function Attempts({ own }: { own: StageState | undefined }) {
  if (!own || own.attempts.length === 0)
    return (
      <Empty title="No attempts yet" className="py-8">
        A worker crash does not count as an attempt.
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
              <Ticked text={attempt.error.message} /> <code className="text-muted">{attempt.error.code}</code>
            </p>
          )}
          {attempt.retryAt !== undefined && (
            <p className="text-xs text-muted">retried at {formatExact(attempt.retryAt)}</p>
          )}
        </li>
      ))}
    </ol>
  )
}
