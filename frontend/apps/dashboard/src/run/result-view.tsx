// The input of the run and, once it is over, its output.

import type { RunState } from './journal.ts'
import type { RunData } from './run-page.tsx'
import { ValueBox } from './value-box.tsx'

export function ResultView({ run, state, over }: { run: RunData; state: RunState; over: boolean }) {
  const output = run.output ?? state.output
  const has = (output !== undefined && output !== null) || run.outputValue?.truncated === true
  return (
    <div className="grid gap-5 p-4 lg:grid-cols-2">
      {over && (
        <section className="min-w-0">
          {has ? (
            <ValueBox title="Output" value={output} source={{ run: run.id, part: 'output' }} info={run.outputValue} />
          ) : (
            <p className="text-muted">The run has no output.</p>
          )}
        </section>
      )}
      <section className="min-w-0">
        <ValueBox title="Input" value={run.input} source={{ run: run.id, part: 'input' }} info={run.inputValue} />
      </section>
    </div>
  )
}
