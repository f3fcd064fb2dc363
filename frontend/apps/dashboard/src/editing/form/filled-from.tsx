// The choice of the run whose values fill in the templates of the form.

import { useId, useState, useSyncExternalStore } from 'react'
import { Select, formatAgo, useNow } from '@flowmason/ui'
import type { Filler } from './filled.ts'
import { type FillableRun, useFillableRuns } from './use-filled.ts'

const NONE = 'none'

export function FilledFrom({ pipelineId, filler }: { pipelineId: string; filler: Filler }) {
  const id = useId()
  const [chosen, setChosen] = useState('')
  const any = useSyncExternalStore(filler.subscribe, filler.hasAny)
  const runs = useFillableRuns(pipelineId, any)
  if (!any || !runs || runs.length === 0) return null
  const choose = (value: string) => {
    setChosen(value)
    if (value !== NONE) filler.use(value === '' ? undefined : value)
    filler.turn(value !== NONE)
  }
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 text-xs">
      <label htmlFor={id} className="text-muted">
        Templates filled in with
      </label>
      <Select
        id={id}
        value={chosen}
        onChange={(event) => choose(event.target.value)}
        className="min-w-0 flex-1 text-xs"
      >
        <option value="">The last run that succeeded</option>
        {runs.map((run) => (
          <RunOption key={run.id} run={run} />
        ))}
        <option value={NONE}>Nothing</option>
      </Select>
    </div>
  )
}

function RunOption({ run }: { run: FillableRun }) {
  const now = useNow(true, 'slow')
  const when = run.finishedAt ? formatAgo(now - Date.parse(run.finishedAt)) : ''
  return (
    <option value={run.id}>
      {run.status === 'FAILED' ? 'Failed' : 'Succeeded'} {when} · {run.id.slice(-8)}
    </option>
  )
}
