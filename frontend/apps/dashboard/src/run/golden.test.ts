// Tests the page's fold against the engine's: the engine's tests write the journals and the expected states.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type JournalEvent, type RunState, type StageState, applyEvents, emptyRun } from './journal.ts'

const folder = join(import.meta.dirname, '../../../../../tests/golden/runs')

interface Step {
  seq: number
  status: string
  stages: Record<string, unknown>
  [field: string]: unknown
}
interface Golden {
  events: JournalEvent[]
  steps: Step[]
}

/** A time in the engine's format, with microseconds. */
const at = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString().replace('Z', '000Z'))

const usage = (used: RunState['usage'] | undefined) =>
  used
    ? {
        calls: used.calls,
        prompt_tokens: used.promptTokens,
        completion_tokens: used.completionTokens,
        cost: used.costUsd === null ? null : Math.round(used.costUsd * 1_000_000),
      }
    : null

const shown = (stage: StageState) => ({
  status: stage.status,
  scheduledAt: at(stage.scheduledAt),
  startedAt: at(stage.startedAt),
  finishedAt: at(stage.finishedAt),
  waitingUntil: at(stage.waitingUntil),
  attempts: stage.attempts.map((each) => ({
    number: each.number,
    startedAt: at(each.startedAt),
    finishedAt: at(each.finishedAt),
    error: each.error ?? null,
    retryAt: at(each.retryAt),
  })),
  output: stage.output ?? null,
  error: stage.error ?? null,
  skipReason: stage.skipReason ?? null,
  items: stage.items ?? null,
  logs: stage.logs,
  usage: usage(stage.usage),
  reused: stage.reused !== undefined,
})

const names = readdirSync(folder).filter((name) => name.endsWith('.json'))

test('there are golden journals', () => expect(names.length).toBeGreaterThan(14))

test.each(names)("%s: after each event the page's state equals the engine's", (name) => {
  const { events, steps } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Golden
  const stages: Record<string, unknown> = {}
  let run = emptyRun
  steps.forEach((step, index) => {
    run = applyEvents(run, events.slice(index, index + 1))
    const { stages: changed, ...rest } = step
    Object.assign(stages, changed)
    const now = Object.fromEntries([...run.stages].map(([address, stage]) => [address, shown(stage)]))
    expect({ seq: run.seq, stages: now }).toEqual({ seq: step.seq, stages })
    expect({
      seq: run.seq,
      status: run.status,
      startedAt: at(run.startedAt),
      finishedAt: at(run.finishedAt),
      output: run.output ?? null,
      error: run.error ?? null,
      usage: usage(run.usage),
    }).toEqual(rest)
  })
  expect(applyEvents(emptyRun, events)).toEqual(run)
})
