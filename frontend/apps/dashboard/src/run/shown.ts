// Decides which runs of a stage the page shows. The journal has an entry for every branch, but a stage in two routes is
// shown as one stage. A stage that another route or item may still reach is not shown as skipped, and a stage that had
// not begun when the run ended is shown as not started. Canvas, counts, timeline and inspector all use this module.

import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { type Steps, atOnce } from '@flowmason/pipeline-canvas/steps'
import type { Status } from '@flowmason/ui'
import { type RunState, type StageState, isOver } from './journal.ts'
import { combine } from './tally.ts'

/** How many stages are handled in one step. */
export const STAGES_PER_STEP = 64

/** The fold marks stages that had not begun when the run ended as `skipped`; they are shown as not started. */
export const shownStatus = ({ status, skipReason }: StageState): Status =>
  status === 'skipped' && skipReason === 'run_ended' ? 'idle' : status

/** Identifies a stage within one activation of a control stage, regardless of the branch. */
const twinKey = ({ parent, item, stage }: StageState) => `${parent}\n${item}\n${stage}`

/** A stage in several branches counts once. It counts as skipped only if every branch skipped it. */
export function withoutDuplicateSkips(states: Iterable<StageState>): StageState[] {
  const all = [...states]
  const kept = new Map<string, StageState>()
  for (const state of all) {
    if (state.branch === null) continue
    const key = twinKey(state)
    const before = kept.get(key)
    if (!before || (before.status === 'skipped' && state.status !== 'skipped')) kept.set(key, state)
  }
  return all.filter(
    (state) => state.branch === null || state.status !== 'skipped' || kept.get(twinKey(state)) === state,
  )
}

/** For each stage of the version, the stage runs shown; none while it has not run but still may. */
export const shownOf = (plan: readonly CanvasStage[], run: RunState): Map<string, StageState[]> =>
  atOnce(shownSteps(plan, run))

export function* shownSteps(plan: readonly CanvasStage[], run: RunState): Steps<Map<string, StageState[]>> {
  const all = new Map<string, StageState[]>()
  for (const state of run.stages.values()) {
    const list = all.get(state.stage)
    if (list) list.push(state)
    else all.set(state.stage, [state])
  }
  const canStillRun = makeCanStillRun(plan, all)
  const shown = new Map<string, StageState[]>()
  for (const { id } of plan) {
    if (shown.size % STAGES_PER_STEP === 0) yield undefined
    const states = withoutDuplicateSkips(all.get(id) ?? [])
    const open = !isOver(run.status) && states.every((state) => state.status === 'skipped') && canStillRun(id)
    shown.set(id, open ? [] : states)
  }
  return shown
}

/** Whether a current or later activation can still run a stage. */
function makeCanStillRun(plan: readonly CanvasStage[], all: ReadonlyMap<string, readonly StageState[]>) {
  const byId = new Map(plan.map((stage) => [stage.id, stage]))
  const known = new Map<string, boolean>()
  const canStillRun = (id: string): boolean => {
    const before = known.get(id)
    if (before !== undefined) return before
    known.set(id, false)
    const stage = byId.get(id)
    const own = all.get(id) ?? []
    const parent = stage?.parent && byId.has(stage.parent) ? stage.parent : undefined
    const coming =
      stage !== undefined && parent !== undefined
        ? (all.get(parent) ?? []).some((control) => !isOver(control.status) && isUndecided(control, stage, own)) ||
          canStillRun(parent)
        : own.length === 0
    known.set(id, coming)
    return coming
  }
  return canStillRun
}

/** Whether this activation has not decided yet about the stage in one of its branches or items. */
function isUndecided(control: StageState, stage: CanvasStage, own: readonly StageState[]): boolean {
  const inside = own.filter((state) => state.parent === control.address)
  if (stage.branch === 'loop' || inside.some((state) => state.item !== null))
    return control.items === undefined || inside.length < control.items
  return stage.branches.some((branch) => !inside.some((state) => state.branch === branch))
}

export const isPinned = (states: readonly StageState[]): boolean => states.every(({ reused }) => reused === 'pinned')

export interface StageCounts {
  ran: number
  skipped: number
  /** Not executed: reused from the earlier run. */
  reused: number
  /** Not executed: the output is pinned. */
  pinned?: number
  notStarted: number
}

/** Counts the stages of the version by outcome, each once however often it ran. */
export function countStages(shown: ReadonlyMap<string, readonly StageState[]>): StageCounts {
  const sum: StageCounts = { ran: 0, skipped: 0, reused: 0, notStarted: 0 }
  for (const states of shown.values()) {
    const status = combine(states.map(shownStatus))
    if (status === 'idle') sum.notStarted++
    else if (status === 'skipped') sum.skipped++
    else if (isPinned(states)) sum.pinned = (sum.pinned ?? 0) + 1
    else if (states.every((state) => state.reused)) sum.reused++
    else sum.ran++
  }
  return sum
}
