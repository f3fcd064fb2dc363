// Why a run failed: stage, attempt, message, code, and what can be done.

import { CircleX } from 'lucide-react'
import { Button, Copy, Ticked } from '@flowmason/ui'
import type { RunState, StageState } from './journal.ts'
import type { RunData } from './run-page.tsx'

/** The innermost stage that failed for good: a control stage only passes its failure on. */
function culprit(state: RunState, named: string | null | undefined): StageState | undefined {
  const failed = [...state.stages.values()].filter((stage) => stage.status === 'failed')
  const under = named
    ? failed.filter(
        (stage) =>
          stage.address === named ||
          stage.stage === named ||
          stage.address.startsWith(`${named}[`) ||
          stage.address.startsWith(`${named}/`),
      )
    : failed
  return (under.length > 0 ? under : failed).toSorted((a, b) => b.depth - a.depth)[0]
}

export function FailureBanner({
  run,
  state,
  onShow,
}: {
  run: RunData
  state: RunState
  onShow: (address: string) => void
}) {
  const error = state.error ?? run.error
  const stage = culprit(state, error?.stage)
  const shown = stage?.error ?? error
  if (!shown) return null
  const tries = stage?.attempts.length ?? 0
  const details = [
    shown.code,
    stage && `stage ${stage.address}`,
    tries > 0 && `attempt ${stage?.attempts.at(-1)?.number ?? tries}`,
    run.id,
  ]
    .filter(Boolean)
    .join(' · ')
  return (
    <section
      aria-label="Why it failed"
      className="flex shrink-0 flex-wrap items-start gap-x-3 gap-y-2 border-b border-line bg-fail-soft px-4 py-2.5"
    >
      <CircleX size={16} className="mt-0.5 shrink-0 text-fail" aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium">
          {stage ? (
            <>
              <code>{stage.address}</code> failed
              {tries > 1 ? ` in attempt ${stage.attempts.at(-1)?.number ?? tries}, the last` : ''}
            </>
          ) : (
            'The run failed'
          )}
        </p>
        <p className="line-clamp-3 break-words" title={shown.message}>
          <Ticked text={shown.message} />
        </p>
        <p className="flex flex-wrap items-center gap-x-1.5 text-xs">
          <code>{shown.code}</code>
          <Copy text={`${details}\n${shown.message}`} label="Copy the error" />
          <span>Run again starts from the beginning with the same input and version.</span>
        </p>
      </div>
      {stage && (
        <Button onClick={() => onShow(stage.address)} shortcut="F">
          Show the stage
        </Button>
      )}
    </section>
  )
}
