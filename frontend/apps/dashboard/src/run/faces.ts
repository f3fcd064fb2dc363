// Derives the appearance (face) of each stage on the canvas from the state of a run. An unchanged entry stays the same
// object, so only changed stages are rendered again.

import { type Status, formatDuration } from '@flowmason/ui'
import { type CanvasStage, type StageFace, componentKey } from '@flowmason/pipeline-canvas'
import { type Steps, atOnce } from '@flowmason/pipeline-canvas/steps'
import { type RunState, type StageState, isOver } from './journal.ts'
import { STAGES_PER_STEP, isPinned, shownStatus, shownSteps } from './shown.ts'
import { combine, tally, tallyFigure } from './tally.ts'

export type Faces = Readonly<Record<string, StageFace>>

const notRun = (states: readonly StageState[]) =>
  isPinned(states) ? { figure: 'pinned', word: 'pinned' } : { figure: 'reused', word: 'reused from the earlier run' }

export const facesOf = (stages: readonly CanvasStage[], run: RunState, before: Faces): Faces =>
  atOnce(faceSteps(stages, run, before))

export function* faceSteps(stages: readonly CanvasStage[], run: RunState, before: Faces): Steps<Faces> {
  const shown = yield* shownSteps(stages, run)
  const items = itemsByControl(run)
  const next: Record<string, StageFace> = {}
  for (const [index, stage] of stages.entries()) {
    if (index % STAGES_PER_STEP === 0) yield undefined
    const states = shown.get(stage.id) ?? []
    const face =
      componentKey(stage.component) === 'foreach'
        ? foreachFace(states, items.get(stage.id))
        : states.length > 1
          ? manyFace(states)
          : oneFace(states[0])
    const old = before[stage.id]
    next[stage.id] = old && same(old, face) ? old : face
  }
  return next
}

/** While the journal is loading, the state of a stage is unknown, which differs from "not started". */
export const unreadFaces = (stages: readonly CanvasStage[]): Faces =>
  Object.fromEntries(stages.map(({ id }) => [id, { status: 'idle', word: 'not loaded yet' } as const]))

/** For each foreach or loop of the file: its items (over all its runs), each with the states of its inner stages. */
function itemsByControl(run: RunState): Map<string, Map<string, StageState[]>> {
  const result = new Map<string, Map<string, StageState[]>>()
  for (const state of run.stages.values()) {
    if (state.item === null || state.parent === null) continue
    const control = run.stages.get(state.parent)?.stage ?? state.parent.split('/').at(-1) ?? state.parent
    let items = result.get(control)
    if (!items) result.set(control, (items = new Map()))
    const key = `${state.parent}[${state.item}]`
    const states = items.get(key)
    if (states) states.push(state)
    else items.set(key, [state])
  }
  return result
}

function oneFace(state: StageState | undefined): StageFace {
  if (!state) return { status: 'idle' }
  const face: StageFace = { status: shownStatus(state) }
  // Its times are those of the earlier run, so no duration is shown.
  if (state.reused) return { ...face, ...notRun([state]) }
  if (state.status === 'running' && state.startedAt !== undefined)
    face.since = state.attempts.at(-1)?.startedAt ?? state.startedAt
  else if (state.status === 'waiting' && state.waitingUntil !== undefined) face.until = state.waitingUntil
  else if (face.status === 'skipped') face.figure = 'skipped'
  else if (isOver(face.status) && state.startedAt !== undefined && state.finishedAt !== undefined) {
    face.figure = formatDuration(state.finishedAt - state.startedAt)
  }
  return face
}

function manyFace(states: readonly StageState[]): StageFace {
  const statuses = states.map(shownStatus)
  if (states.every((state) => state.reused)) return { status: combine(statuses), ...notRun(states) }
  return { status: combine(statuses), figure: tallyFigure(tally(statuses)) }
}

function foreachFace(states: readonly StageState[], items: Map<string, StageState[]> | undefined): StageFace {
  const face: StageFace = states.length > 1 ? manyFace(states) : oneFace(states[0])
  // Only the loop itself knows the items that have not begun.
  const known = states.reduce((sum, state) => sum + (state.items ?? 0), 0)
  if (!items || items.size === 0) {
    if (known > 0 && states.length === 1) {
      face.figure = `0 / ${known.toLocaleString('en')}`
      delete face.since
    }
    return face
  }
  const cells: Status[] = []
  /** The status of each item; a cell may show more. */
  const statuses: Status[] = []
  let [retried, failed] = [0, 0]
  const ended = states.length > 0 && states.every((state) => isOver(state.status))
  for (const inner of items.values()) {
    let status = combine(inner.map(shownStatus))
    const again = inner.some((state) => state.attempts.length > 1)
    if (status === 'failed') failed++
    if (again) retried++
    statuses.push(isOver(status) || status === 'idle' || !ended ? status : 'cancelled')
    // An item that needed a retry is highlighted in the strip and counted in the note below.
    if (status === 'succeeded' && again) status = 'waiting'
    cells.push(status)
  }
  const all = Math.max(known, cells.length)
  while (cells.length < all) cells.push('idle')
  while (statuses.length < all) statuses.push('idle')
  face.cells = cells
  if (states.length <= 1) {
    // The note has the number of failed items.
    if (!states[0]?.reused) face.figure = tallyFigure({ ...tally(statuses), failed: 0 })
    delete face.since
  }
  const note = [
    retried > 0 && `${retried} retried ${retried === 1 ? 'once' : ''}`.trim(),
    failed > 0 && `${failed} failed`,
  ]
    .filter(Boolean)
    .join(', ')
  if (note) face.note = note
  return face
}

function same(a: StageFace, b: StageFace): boolean {
  return (
    a.status === b.status &&
    a.word === b.word &&
    a.figure === b.figure &&
    a.since === b.since &&
    a.until === b.until &&
    a.note === b.note &&
    (a.cells === b.cells ||
      (a.cells?.length === b.cells?.length && (a.cells ?? []).every((cell, index) => cell === b.cells?.[index])))
  )
}
