// The failures of a run in the order used by the banner, its button and the key F: first the one that made the run
// fail, then the others in the order in which they happened. Caught failures are distinguished.

import { componentKey } from '@flowmason/pipeline-canvas'
import { isInside } from './address.ts'
import type { RunState, StageState } from './journal.ts'

/**
 * The innermost failed stage: a control stage only propagates the failure of an inner stage. `undefined` if a stage that
 * succeeded ended the run as failed. The server decides in the same way for `Run.failure` (`engine/advice/cause.rs`).
 */
export function rootFailure(state: RunState, named: string | null | undefined): StageState | undefined {
  if (named && state.stages.get(named)?.status === 'succeeded') return undefined
  const failed = [...state.stages.values()].filter((stage) => stage.status === 'failed')
  const under = named
    ? failed.filter(({ stage, address }) => stage === named || address === named || isInside(address, named))
    : failed
  return (under.length > 0 ? under : failed).toSorted((a, b) => b.depth - a.depth)[0]
}

/** All failed stages, first the one that made the run fail. */
export function failuresOf(state: RunState, named: string | null | undefined): StageState[] {
  const failed = [...state.stages.values()].filter((stage) => stage.status === 'failed')
  const first = state.status === 'failed' ? rootFailure(state, named) : undefined
  return first ? [first, ...failed.filter((stage) => stage !== first)] : failed
}

/** The failure after the one shown; the first if none is shown. */
export function nextFailure(
  state: RunState,
  named: string | null | undefined,
  shown: string | null,
): string | undefined {
  const all = failuresOf(state, named)
  const at = all.findIndex((stage) => stage.address === shown)
  return all[(at + 1) % Math.max(1, all.length)]?.address
}

/** The control stage that continued despite this failure; `undefined` if there is none. */
export function caughtBy(
  state: RunState,
  stage: StageState,
  componentOf: (stage: string) => string | undefined,
): { control: StageState; caught: boolean } | undefined {
  for (let at = stage.parent; at !== null;) {
    const control = state.stages.get(at)
    if (!control) return undefined
    if (control.status === 'succeeded')
      return { control, caught: componentKey(componentOf(control.stage) ?? '') === 'trycatch' }
    at = control.parent
  }
  return undefined
}
