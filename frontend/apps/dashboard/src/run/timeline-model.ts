// The model of the timeline: rows, bars, ticks, the cursor. Pure functions.

import { type RunState, type StageState, isOver } from './journal.ts'
import { shownStatus, withoutDuplicateSkips } from './shown.ts'
import { combine } from './tally.ts'

export type BarKind = 'queued' | 'attempt' | 'retried' | 'failed' | 'running' | 'waiting' | 'cancelled'

export interface Bar {
  kind: BarKind
  from: number
  to: number
}

export interface Row {
  /** The address of the stage run, or of the item (`each[3]`) that the row summarizes. */
  address: string
  state: StageState
  name: string
  kind: 'stage' | 'item'
  depth: number
  /** The number of inner rows that can be unfolded. */
  inner: number
  open: boolean
}

/**
 * Rows in the order of the journal, inner ones below their control stage when it is unfolded. If the items of a loop
 * run more than one stage, each item is a row with its stages below.
 */
export function rowsOf(run: RunState, folded: (state: StageState, inner: number) => boolean): Row[] {
  const children = new Map<string, StageState[]>()
  for (const state of withoutDuplicateSkips(run.stages.values())) {
    // Branches that were not taken are visible on the canvas already.
    if (state.depth > 0 && state.status === 'skipped' && state.skipReason === 'branch') continue
    const key = state.parent !== null && run.stages.has(state.parent) ? state.parent : ''
    const list = children.get(key)
    if (list) list.push(state)
    else children.set(key, [state])
  }
  const rows: Row[] = []
  const stageRow = (state: StageState, depth: number, name: string) => {
    const inner = children.get(state.address)?.length ?? 0
    const open = inner > 0 && !folded(state, inner)
    rows.push({ address: state.address, state, name, kind: 'stage', depth, inner, open })
    if (open) visit(state.address, depth + 1)
  }
  const visit = (key: string, depth: number) => {
    const own = children.get(key) ?? []
    const items = new Map<number, StageState[]>()
    for (const state of own) if (state.item !== null) items.set(state.item, [...(items.get(state.item) ?? []), state])
    const grouped = [...items.values()].some((states) => states.length > 1)
    const shown = new Set<number>()
    for (const state of own) {
      const item = key === '' ? null : state.item
      if (item === null) stageRow(state, depth, state.stage)
      else if (!grouped) stageRow(state, depth, `${item + 1} · ${state.stage}`)
      else if (!shown.has(item)) {
        shown.add(item)
        const states = items.get(item) ?? []
        const sum = sumOf(key, item, states, depth)
        const open = !folded(sum, states.length)
        const row = { state: sum, name: `Item ${item + 1}`, kind: 'item', depth, inner: states.length, open } as const
        rows.push({ ...row, address: sum.address })
        if (open) for (const each of states) stageRow(each, depth + 1, each.stage)
      }
    }
  }
  visit('', 0)
  return rows
}

/** Combines the stages of one item: from the first start to the last end. */
function sumOf(parent: string, item: number, states: readonly StageState[], depth: number): StageState {
  const times = (of: (state: StageState) => number | undefined) =>
    states.map(of).filter((time): time is number => time !== undefined)
  const began = times((state) => state.startedAt)
  const scheduled = times((state) => state.scheduledAt)
  const ended = times((state) => state.finishedAt)
  const status = combine(states.map(shownStatus))
  const address = `${parent}[${item}]`
  const sum: StageState = { address, stage: parent, parent, item, branch: null, depth, status, attempts: [], logs: 0 }
  if (scheduled.length > 0) sum.scheduledAt = Math.min(...scheduled)
  if (began.length > 0) sum.startedAt = Math.min(...began)
  if (ended.length > 0 && states.every((state) => isOver(state.status))) sum.finishedAt = Math.max(...ended)
  return sum
}

export function barsOf(state: StageState, now: number): Bar[] {
  const bars: Bar[] = []
  const add = (kind: BarKind, from: number, to: number) => {
    if (to >= from) bars.push({ kind, from, to })
  }
  const end = state.finishedAt ?? now
  // A reused stage took its time in the earlier run.
  if (state.status === 'skipped' || state.reused) return bars
  const first = state.startedAt ?? state.attempts[0]?.startedAt
  if (state.scheduledAt !== undefined) add('queued', state.scheduledAt, first ?? end)
  state.attempts.forEach((attempt, index) => {
    const last = index === state.attempts.length - 1
    const to = attempt.finishedAt ?? (last ? end : (state.attempts[index + 1]?.startedAt ?? end))
    if (attempt.error && (!last || state.status !== 'failed')) add('retried', attempt.startedAt, to)
    else if (attempt.error) add('failed', attempt.startedAt, to)
    else if (last && state.status === 'waiting') add('waiting', attempt.startedAt, to)
    else if (last && state.status === 'cancelled') add('cancelled', attempt.startedAt, to)
    else add(last && !isOver(state.status) ? 'running' : 'attempt', attempt.startedAt, to)
    const next = state.attempts[index + 1]
    if (attempt.finishedAt !== undefined && next) add('waiting', attempt.finishedAt, next.startedAt)
    else if (attempt.finishedAt !== undefined && attempt.error && state.status === 'waiting')
      add('waiting', attempt.finishedAt, end)
  })
  if (state.attempts.length === 0 && first !== undefined) {
    add(kindWithoutAttempts(state), first, end)
  }
  return bars
}

/** The bar of a row without attempts: a summary of others, or a stage that only waits. */
function kindWithoutAttempts({ status }: StageState): BarKind {
  if (status === 'waiting' || status === 'failed' || status === 'cancelled') return status
  return isOver(status) ? 'attempt' : 'running'
}

/** Ticks at round values: at most `room` of them, including 0. */
export function ticksOf(spanMs: number, room: number): number[] {
  if (!(spanMs > 0) || room < 1) return [0]
  const wanted = spanMs / room
  const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000, 3_600_000,
  ]
  const step = steps.find((each) => each >= wanted) ?? Math.ceil(wanted / 3_600_000) * 3_600_000
  const ticks: number[] = []
  for (let at = 0; at <= spanMs; at += step) ticks.push(at)
  return ticks
}

export function tickLabel(ms: number): string {
  if (ms < 1000 && ms > 0) return `${ms} ms`
  if (ms < 60_000) return `${ms / 1000} s`
  if (ms < 3_600_000) return `${ms / 60_000} min`
  return `${ms / 3_600_000} h`
}

/** The position of the cursor as a fraction of the axis: at the selected event, or at the current time. */
export function cursorOf(run: RunState, at: number | null, from: number, to: number, now: number): number {
  const span = Math.max(1, to - from)
  const event = at === null ? undefined : run.events.findLast((each) => each.seq <= at)
  const time = event ? Date.parse(event.at) : (run.finishedAt ?? now)
  return Math.min(1, Math.max(0, (time - from) / span))
}

/** The chain of stages that determined the run's duration, found from its last stage back to its first. */
export function longestPath(run: RunState, dependsOn: (stage: string) => readonly string[]): string[] {
  const top = [...run.stages.values()].filter(
    (state) => state.depth === 0 && state.startedAt !== undefined && state.status !== 'skipped',
  )
  const endOf = (state: StageState) => state.finishedAt ?? Number.POSITIVE_INFINITY
  let at = top.reduce<StageState | undefined>(
    (latest, state) => (!latest || endOf(state) > endOf(latest) ? state : latest),
    undefined,
  )
  const path: string[] = []
  while (at && !path.includes(at.stage)) {
    path.unshift(at.stage)
    const before = dependsOn(at.stage)
      .map((id) => run.stages.get(id))
      .filter(
        (state): state is StageState =>
          state !== undefined && state.status !== 'skipped' && state.finishedAt !== undefined,
      )
    at = before.reduce<StageState | undefined>(
      (latest, state) => (!latest || endOf(state) > endOf(latest) ? state : latest),
      undefined,
    )
  }
  return path
}
