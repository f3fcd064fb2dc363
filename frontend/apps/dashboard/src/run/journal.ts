// Folds the journal of a run into the state of each stage. The journal is the only source of truth about a run, so the
// live view, playback and a finished run all use this fold, over all events or over the first n.

import type { Status } from '@flowmason/ui'
import { isInside, parseAddress } from './address.ts'

export interface JournalEvent {
  seq: number
  at: string
  type: string
  stage: string | null
  body: unknown
}

export interface Failure {
  code: string
  message: string
  stage?: string | null
}

export interface LogEntry {
  at: number
  level: string
  message: string
  data?: unknown
  address: string
  seq: number
}

export interface AttemptState {
  number: number
  startedAt: number
  finishedAt?: number
  error?: Failure
  retryAt?: number
}

export interface UsageState {
  calls: number
  /** Null if the tokens of a call are unknown. */
  promptTokens: number | null
  completionTokens: number | null
  costUsd: number | null
}

/** What an event says about a value that it omits. */
export interface CutValue {
  bytes: number
  mediaType: string
  preview: string
}

export interface StageState {
  address: string
  stage: string
  parent: string | null
  item: number | null
  branch: string | null
  depth: number
  status: Status
  scheduledAt?: number
  startedAt?: number
  finishedAt?: number
  waitingUntil?: number
  attempts: readonly AttemptState[]
  output?: unknown
  /** Set if the output is too long for an event; the server has it, see `Run.stage`. */
  outputCut?: CutValue
  error?: Failure
  skipReason?: string
  /**
   * The stage did not run: the result was reused from the earlier run that this one retries (the times are those of that
   * run), or the output is pinned.
   */
  reused?: true | 'pinned'
  /** The number of items of a loop; absent in older journals. */
  items?: number
  usage?: UsageState
  logs: number
}

export interface RunState {
  seq: number
  status: Status
  startedAt?: number
  finishedAt?: number
  input?: unknown
  output?: unknown
  inputCut?: CutValue
  outputCut?: CutValue
  error?: Failure
  cancelling: boolean
  /** Events up to this number were reused from another run. */
  reusedThrough?: number
  /** The ids of the stages that have a pinned output. */
  pinned?: readonly string[]
  /** The run from which stages take over results, if they did not change. */
  unchangedSince?: string
  /** In the order of their first event. */
  stages: ReadonlyMap<string, StageState>
  logs: readonly LogEntry[]
  events: readonly JournalEvent[]
  usage: UsageState
}

export const emptyRun: RunState = {
  seq: 0,
  status: 'queued',
  cancelling: false,
  stages: new Map(),
  logs: [],
  events: [],
  usage: { calls: 0, promptTokens: 0, completionTokens: 0, costUsd: null },
}

/** The journal's form: the cost in millionths of a dollar; null if unknown. */
interface JournalUsage {
  calls?: number
  prompt_tokens?: number | null
  completion_tokens?: number | null
  cost?: number | null
}

interface Body {
  input?: unknown
  output?: unknown
  reused?: { run: string; through: number; at: string; unchanged?: object | null; pinned?: string[] } | null
  taken_over?: boolean
  truncated?: { input?: CutValue; output?: CutValue }
  status?: string
  attempt?: number
  error?: Failure | null
  final?: boolean
  due?: string
  items?: number
  reason?: string
  signal?: string
  usage?: JournalUsage | null
  logs?: { at?: string; level?: string; message?: string; data?: unknown }[]
}

const terminal: ReadonlySet<Status> = new Set<Status>(['succeeded', 'failed', 'cancelled', 'skipped'])
export const isOver = (status: Status): boolean => terminal.has(status)

/** Applies events in order and ignores known ones, so repeats after a reconnect are harmless. */
export function applyEvents(before: RunState, batch: readonly JournalEvent[]): RunState {
  const fresh: JournalEvent[] = []
  let seq = before.seq
  for (const event of batch) {
    if (event.seq <= seq) continue
    seq = event.seq
    fresh.push(event)
  }
  if (fresh.length === 0) return before
  const draft: Draft = {
    run: { ...before, seq, events: before.events.concat(fresh) },
    stages: new Map(before.stages),
    logs: [],
  }
  for (const event of fresh) apply(draft, event)
  if (draft.run.status === 'running' || draft.run.status === 'waiting')
    draft.run = { ...draft.run, status: onlyWaits(draft.stages) ? 'waiting' : 'running' }
  return { ...draft.run, stages: draft.stages, logs: draft.logs.length ? before.logs.concat(draft.logs) : before.logs }
}

/** Whether a stage waits for a time and none is running; a control stage with inner stages is not counted. */
function onlyWaits(stages: ReadonlyMap<string, StageState>): boolean {
  let waits = false
  const atWork = new Set<string>()
  const controls = new Set<string | null>()
  for (const state of stages.values()) {
    controls.add(state.parent)
    if (state.waitingUntil !== undefined) waits = true
    const begun = state.status === 'queued' && state.scheduledAt !== undefined
    if (begun || state.status === 'running') atWork.add(state.address)
  }
  return waits && [...atWork].every((address) => controls.has(address))
}

interface Draft {
  run: RunState
  stages: Map<string, StageState>
  logs: LogEntry[]
}

function apply(draft: Draft, event: JournalEvent) {
  const at = Date.parse(event.at)
  const body = (typeof event.body === 'object' && event.body !== null ? event.body : {}) as Body
  if (event.type.startsWith('run.')) applyToRun(draft, event.type, at, body)
  else if (event.stage) applyToStage(draft, event, event.stage, at, body)
}

function applyToRun(draft: Draft, type: string, at: number, body: Body) {
  switch (type) {
    case 'run.started':
      draft.run = { ...draft.run, status: 'running', startedAt: at, input: body.input }
      if (body.reused) {
        draft.run.startedAt = Date.parse(body.reused.at)
        draft.run.reusedThrough = body.reused.through
        if (body.reused.pinned) draft.run.pinned = body.reused.pinned
        if (body.reused.unchanged) draft.run.unchangedSince = body.reused.run
      }
      if (body.truncated?.input) draft.run.inputCut = body.truncated.input
      return
    case 'run.signal':
      if (body.signal === 'cancel') draft.run = { ...draft.run, cancelling: true }
      return
    case 'run.finished': {
      const status = (body.status?.toLowerCase() ?? 'succeeded') as Status
      draft.run = { ...draft.run, status, finishedAt: at, output: body.output, cancelling: false }
      if (body.truncated?.output) draft.run.outputCut = body.truncated.output
      if (body.error) draft.run.error = body.error
      // Stages that had not ended when the run ended never will.
      for (const [address, stage] of draft.stages) {
        if (isOver(stage.status)) continue
        const closed = { ...stage }
        if (closed.scheduledAt !== undefined) end(closed, at, 'cancelled')
        else {
          end(closed, at, 'skipped')
          closed.skipReason = 'run_ended'
        }
        draft.stages.set(address, closed)
      }
    }
  }
}

function applyToStage(draft: Draft, event: JournalEvent, address: string, at: number, body: Body) {
  const before = draft.stages.get(address)
  const place = before ?? { ...parseAddress(address), address, status: 'queued' as Status, attempts: [], logs: 0 }
  const stage: StageState = { ...place }
  if (body.taken_over && draft.run.pinned?.includes(stage.stage)) stage.reused = 'pinned'
  else if (event.seq <= (draft.run.reusedThrough ?? 0) || body.taken_over) stage.reused = true
  else delete stage.reused
  const number = body.attempt ?? stage.attempts.at(-1)?.number ?? 1
  switch (event.type) {
    case 'stage.scheduled':
      stage.status = 'queued'
      stage.scheduledAt ??= at
      break
    case 'stage.started':
      stage.status = 'running'
      stage.startedAt ??= at
      delete stage.waitingUntil
      if (typeof body.items === 'number') stage.items = body.items
      else delete stage.items
      // A repeat after a crash is still the same attempt.
      if (!isOpen(stage.attempts.at(-1), number)) stage.attempts = [...stage.attempts, { number, startedAt: at }]
      if (number > 1) beginAgainInside(draft, address)
      break
    case 'stage.succeeded':
      end(stage, at, 'succeeded')
      stage.output = body.output
      if (body.truncated?.output) stage.outputCut = body.truncated.output
      delete stage.error
      break
    case 'stage.failed': {
      const error = body.error ?? { code: 'UNKNOWN', message: 'The stage failed without a message.' }
      end(stage, at, body.final === false ? 'waiting' : error.code === 'CANCELLED' ? 'cancelled' : 'failed', error)
      stage.error = error
      break
    }
    case 'stage.retry_at':
      if (body.due) {
        const due = Date.parse(body.due)
        stage.waitingUntil = due
        stage.attempts = stage.attempts.map((each, index, all) =>
          index === all.length - 1 ? { ...each, retryAt: due } : each,
        )
      }
      break
    case 'stage.skipped':
      end(stage, at, 'skipped')
      if (body.reason !== undefined) stage.skipReason = String(body.reason)
      break
    case 'wait.started':
      stage.status = 'waiting'
      if (body.due) stage.waitingUntil = Date.parse(body.due)
      break
    case 'wait.ended':
      stage.status = 'running'
      delete stage.waitingUntil
      break
    default:
      // stage.intent, and events that a later version adds, do not change what is shown.
      if (before) return
  }
  if (body.usage) {
    // Every attempt is metered, so a stage's usage is the sum of its attempts.
    const used = toUsage(body.usage)
    stage.usage = stage.usage ? addUsage(stage.usage, used) : used
    draft.run = { ...draft.run, usage: addUsage(draft.run.usage, used) }
  }
  if (Array.isArray(body.logs)) {
    for (const line of body.logs) {
      draft.logs.push({
        at: line.at ? Date.parse(line.at) : at,
        level: line.level ?? 'info',
        message: line.message ?? '',
        data: line.data,
        address,
        seq: event.seq,
      })
    }
    stage.logs += body.logs.length
  }
  draft.stages.set(address, stage)
  if (isOver(stage.status) && stage.attempts.length > 1) endInside(draft, address, at)
}

const isOpen = (attempt: AttemptState | undefined, number: number): boolean =>
  attempt?.number === number && attempt.finishedAt === undefined

/** A control stage starts another attempt: its inner stages start over. Their attempts, logs and usage are kept. */
function beginAgainInside(draft: Draft, control: string) {
  for (const [address, stage] of draft.stages) {
    if (!isInside(address, control)) continue
    const { stage: name, parent, item, branch, depth, attempts, logs, usage } = stage
    const again: StageState = { address, stage: name, parent, item, branch, depth, attempts, logs, status: 'queued' }
    if (usage) again.usage = usage
    draft.stages.set(address, again)
  }
}

/** Skips inner stages that an earlier attempt of a control stage reached and its last attempt did not. */
function endInside(draft: Draft, control: string, at: number) {
  for (const [address, stage] of draft.stages) {
    if (stage.status === 'queued' && stage.scheduledAt === undefined && isInside(address, control))
      draft.stages.set(address, { ...stage, status: 'skipped', finishedAt: at, skipReason: 'scope_failed' })
  }
}

/** Ends an attempt and, if it was the last one, the stage. */
function end(stage: StageState, at: number, status: Status, error?: Failure) {
  stage.status = status
  const last = stage.attempts.at(-1)
  if (last && last.finishedAt === undefined)
    stage.attempts = [...stage.attempts.slice(0, -1), { ...last, finishedAt: at, ...(error ? { error } : {}) }]
  if (!isOver(status)) return
  stage.finishedAt = at
  delete stage.waitingUntil
}

const toUsage = (usage: JournalUsage): UsageState => ({
  calls: usage.calls ?? 0,
  promptTokens: usage.prompt_tokens ?? null,
  completionTokens: usage.completion_tokens ?? null,
  costUsd: typeof usage.cost === 'number' ? usage.cost / 1_000_000 : null,
})

const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b)

/** A figure that is unknown in one part is unknown in the sum, never 0. Without any calls, nothing is unknown. */
function addUsage(a: UsageState, b: UsageState): UsageState {
  return {
    calls: a.calls + b.calls,
    promptTokens: sum(a.promptTokens, b.promptTokens),
    completionTokens: sum(a.completionTokens, b.completionTokens),
    costUsd: a.calls === 0 ? b.costUsd : b.calls === 0 ? a.costUsd : sum(a.costUsd, b.costUsd),
  }
}

/** Whether a new run could reuse results: a top-level stage has a result. */
export const hasResults = (run: RunState): boolean =>
  [...run.stages.values()].some((stage) => stage.depth === 0 && stage.status === 'succeeded')

/** The state of the run after the event `seq`. */
export function runAt(run: RunState, seq: number): RunState {
  return applyEvents(
    emptyRun,
    run.events.filter((event) => event.seq <= seq),
  )
}
