// The line of totals under the timeline: calls, tokens, cost, and the longest path.

import { useMemo } from 'react'
import { money } from '../lib/money.ts'
import { type RunState, isOver } from './journal.ts'
import { LongestPath } from './longest-path.tsx'
import type { RunData } from './run-page.tsx'
import { longestPath } from './timeline-model.ts'

export function Summary({ run, state }: { run: RunData; state: RunState }) {
  const path = useMemo(() => {
    const edges = new Map(run.version.stages.map((stage) => [stage.id, stage.dependsOn]))
    return longestPath(state, (id) => edges.get(id) ?? [])
  }, [run.version.stages, state])
  // A finished run has its totals from the server; until then they come from the journal.
  const usage = isOver(state.status) && state.usage.calls === 0 ? run.usage : state.usage
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-6 gap-y-0.5 border-t border-line px-4 py-1.5 text-muted">
      {usage.calls > 0 ? (
        <>
          <Sum figure={usage.calls.toLocaleString('en')} word={usage.calls === 1 ? 'model call' : 'model calls'} />
          {usage.promptTokens === null || usage.completionTokens === null ? (
            <span>tokens unknown</span>
          ) : (
            <Sum figure={(usage.promptTokens + usage.completionTokens).toLocaleString('en')} word="tokens" />
          )}
          {usage.costUsd === null ? <span>cost unknown</span> : <Sum figure={money(usage.costUsd)} word="" />}
        </>
      ) : (
        <span>No model calls</span>
      )}
      {path.length > 1 && <LongestPath path={path} />}
    </div>
  )
}

function Sum({ figure, word }: { figure: string; word: string }) {
  return (
    <span className="whitespace-nowrap">
      <span className="tnum font-semibold text-text">{figure}</span> {word}
    </span>
  )
}
