// What stands below the cards: the beginning of the output of each stage, or its error.

import { type CardResult, type CanvasStage, runsOthers } from '@flowmason/pipeline-canvas'
import type { Steps } from '@flowmason/pipeline-canvas/steps'
import { isObject } from '../../lib/json-text.ts'
import type { RunState, StageState } from '../../run/journal.ts'

const SHORT = 80
/** How many stage runs are looked at in one step. */
const RUNS_PER_STEP = 512
/** The fields that are most of an output. */
const MAIN = ['content', 'text', 'result', 'markdown', 'message']

/** A stage run never changes: what changes is another one. So its result stays the same object, too. */
const known = new WeakMap<StageState, CardResult | null>()

/** Of a stage that ran several times, what failed is shown, else what ended last. */
export function* resultSteps(stages: readonly CanvasStage[], run: RunState): Steps<Record<string, CardResult>> {
  // What a control stage puts out is what the stages inside of it did.
  const wanted = new Set(stages.filter((stage) => !runsOthers(stage)).map(({ id }) => id))
  const chosen = new Map<string, StageState>()
  let seen = 0
  for (const state of run.stages.values()) {
    if (++seen % RUNS_PER_STEP === 0) yield undefined
    if (!wanted.has(state.stage) || !resultOf(state)) continue
    const before = chosen.get(state.stage)
    if (before?.status !== 'failed' || state.status === 'failed') chosen.set(state.stage, state)
  }
  const results: [string, CardResult][] = []
  for (const [id, state] of chosen) {
    const result = resultOf(state)
    if (result) results.push([id, result])
  }
  return Object.fromEntries(results)
}

function resultOf(state: StageState): CardResult | null {
  const before = known.get(state)
  if (before !== undefined) return before
  const result = makeResult(state)
  known.set(state, result)
  return result
}

function makeResult({ status, error, output, outputCut }: StageState): CardResult | null {
  if (error && (status === 'failed' || status === 'waiting')) return { text: lineOf(error.message), failed: true }
  if (status !== 'succeeded') return null
  if (outputCut) return { text: lineOf(outputCut.preview) }
  return output === undefined || output === null ? null : { text: shortOf(output) }
}

/** The beginning of a value in one line. Looks at no more of it than is shown: it may be long. */
export function shortOf(value: unknown): string {
  if (typeof value === 'string') return lineOf(value)
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1' : `a list of ${value.length}`
  if (!isObject(value)) return String(value)
  for (const field of MAIN) {
    const inner = value[field]
    if (typeof inner === 'string' && inner !== '') return lineOf(inner)
    if (typeof inner === 'number' || typeof inner === 'boolean') return `${field}: ${inner}`
    if (Array.isArray(inner)) return `${field}: ${shortOf(inner)}`
  }
  const names = Object.keys(value)
  return names.length === 0 ? 'an empty object' : lineOf(names.slice(0, 8).join(', '))
}

function lineOf(text: string): string {
  const line = text
    .slice(0, 4 * SHORT)
    .replaceAll(/\s+/g, ' ')
    .trim()
  return line.length > SHORT || text.length > 4 * SHORT ? `${line.slice(0, SHORT)}…` : line
}
