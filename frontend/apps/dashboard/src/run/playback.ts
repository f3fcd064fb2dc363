// Playback of a journal: steps from one event to the next at the run's own pace. Pure functions.

import type { JournalEvent } from './journal.ts'

/** The maximum time between two steps. */
const LONGEST_WAIT_MS = 700
/** Events within this time are one step: single ones would be too short to see. */
const STEP_MS = 40
/** The minimum duration of a playback, so that a short run can be followed. */
const SHORTEST_MS = 6000

/** The next event to show after the one at `index`, and the delay; `undefined` at the end. */
export function nextStep(
  events: readonly JournalEvent[],
  index: number,
): { index: number; waitMs: number } | undefined {
  const from = events[Math.max(0, index)]
  if (!from || index >= events.length - 1) return undefined
  const began = Date.parse(from.at)
  let to = index + 1
  while (to + 1 < events.length && Date.parse(events[to + 1]?.at ?? '') - began <= STEP_MS) to++
  const wait = Date.parse(events[to]?.at ?? '') - began
  return { index: to, waitMs: Math.min(LONGEST_WAIT_MS, Math.max(STEP_MS, wait)) }
}

export interface Step {
  index: number
  waitMs: number
}

/** The whole playback: at the run's own pace, or evenly by events if that would be too fast to follow. */
export function stepsOf(events: readonly JournalEvent[]): Step[] {
  const steps: Step[] = []
  let total = 0
  for (let step = nextStep(events, 0); step; step = nextStep(events, step.index)) {
    steps.push(step)
    total += step.waitMs
  }
  if (steps.length === 0 || total >= SHORTEST_MS) return steps
  const last = events.length - 1
  const count = Math.min(last, SHORTEST_MS / STEP_MS)
  return Array.from({ length: count }, (_, at) => ({
    index: Math.round(((at + 1) * last) / count),
    waitMs: SHORTEST_MS / count,
  }))
}
