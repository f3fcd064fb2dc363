// From what stands in the address bar (the address of a stage run, or the id of a stage) to what is shown.

import type { RunState, StageState } from './journal.ts'

/**
 * Of a stage that ran several times, the run that needs attention, else the last one that was not skipped.
 * While there is only a skipped one, another item may still take the branch.
 */
export function telling(state: RunState, id: string): StageState | undefined {
  const all = [...state.stages.values()].filter((each) => each.stage === id && each.status !== 'skipped')
  return all.find((each) => each.status === 'failed') ?? all.find((each) => each.status === 'running') ?? all.at(-1)
}

export function addressOf(state: RunState, wanted: string): string {
  if (state.stages.has(wanted)) return wanted
  const skipped = () => [...state.stages.values()].findLast((each) => each.stage === wanted)
  return (telling(state, wanted) ?? skipped())?.address ?? wanted
}
