// Why a run failed: stage, attempt, message and code, with a link to the stage.

import { Button, Copy, StatusIcon, Ticked, plainText } from '@flowmason/ui'
import { AddressText } from './address-text.tsx'
import { rootFailure } from './failures.ts'
import type { RunState } from './journal.ts'
import type { RunData } from './run-page.tsx'

export function FailureBanner({
  run,
  state,
  onShow,
}: {
  run: RunData
  state: RunState
  /** Shows the next failure, as the key F does; the first is the one named here. */
  onShow: () => void
}) {
  const error = state.error ?? run.error
  const stage = rootFailure(state, error?.stage)
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
      <StatusIcon status="failed" size={16} className="mt-0.5" />
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium">
          {stage ? (
            <>
              <AddressText address={stage.address} /> failed
              {tries > 1 ? ` in attempt ${stage.attempts.at(-1)?.number ?? tries}, the last` : ''}
            </>
          ) : (
            'The run failed'
          )}
        </p>
        <p className="line-clamp-3 break-words" title={plainText(shown.message)}>
          <Ticked text={shown.message} />
        </p>
        <p className="flex flex-wrap items-center gap-x-1.5 text-xs">
          <code>{shown.code}</code>
          <Copy text={`${details}\n${shown.message}`} label="Copy the error" />
        </p>
      </div>
      {stage && (
        <Button onClick={onShow} shortcut="F">
          Show the stage
        </Button>
      )}
    </section>
  )
}
