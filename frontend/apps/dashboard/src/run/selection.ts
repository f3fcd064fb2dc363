// Resolves the selection in the URL (the address of a stage run, or the id of a stage) to the stage run shown.

import type { CanvasStage } from '@flowmason/pipeline-canvas'
import type { RunState, StageState } from './journal.ts'
import { shownOf } from './shown.ts'

/**
 * For a stage with several runs, the one that needs attention, else the last one that was not skipped. While there is
 * only a skipped one, another route or item may still run the stage.
 */
export function mostRelevantRun(state: RunState, id: string): StageState | undefined {
  const all = [...state.stages.values()].filter((each) => each.stage === id && each.status !== 'skipped')
  return all.find((each) => each.status === 'failed') ?? all.find((each) => each.status === 'running') ?? all.at(-1)
}

export function addressOf(state: RunState, wanted: string, plan: readonly CanvasStage[]): string {
  if (state.stages.has(wanted)) return wanted
  const skipped = () => shownOf(plan, state).get(wanted)?.at(-1)
  return (mostRelevantRun(state, wanted) ?? skipped())?.address ?? wanted
}
