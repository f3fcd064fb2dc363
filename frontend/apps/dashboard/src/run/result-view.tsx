// The input and, once there is one, the output of the whole run.

import { JsonView } from '@flowmason/ui'
import type { RunState } from './journal.ts'
import type { RunData } from './run-page.tsx'
import { ValueBox } from './value-box.tsx'

export function ResultView({ run, state, over }: { run: RunData; state: RunState; over: boolean }) {
  const output = run.output ?? state.output
  return (
    <div className="grid gap-5 p-4 lg:grid-cols-2">
      {over && (
        <section className="min-w-0">
          {output === undefined || output === null ? (
            <p className="text-muted">The run has no output.</p>
          ) : (
            <ValueBox title="Output" value={output} />
          )}
        </section>
      )}
      <section className="min-w-0">
        <div className="mb-1.5 text-xs text-muted">Input</div>
        <div className="rounded-control border border-line2 bg-sunk p-3">
          <JsonView value={run.input} />
        </div>
      </section>
    </div>
  )
}
