import type { RunPlanFieldsFragment } from '@flowmason/graphql/publishing'
import { expect, test } from 'vitest'
import { lastRunWords, planParts } from './run-plan-words.ts'

const nothing: RunPlanFieldsFragment = {
  stageCount: 1,
  requests: [],
  models: [],
  costAtMostUsd: 0,
  afterCrash: [],
  environmentVariables: [],
  inputFields: [],
  readsWholeInput: false,
  longestPath: null,
}
const model: RunPlanFieldsFragment['models'][number] = {
  stage: 'ask',
  provider: 'acme',
  model: 'small',
  scripted: false,
  often: { text: 'once' },
  tokensIn: 12,
  tokensInOpen: false,
  tokensOut: 500,
  costPerCallUsd: null,
  costAtMostUsd: null,
}

test('a plan about which there is nothing to say has no parts', () => {
  expect(planParts(nothing)).toEqual([])
})

test('a request names its host, or the template that decides it', () => {
  const often = { text: 'once' }
  const [part] = planParts({
    ...nothing,
    requests: [
      { stage: 'a', method: 'POST', methodDecidedBy: null, host: 'api.example.com', hostDecidedBy: null, often },
      { stage: 'b', method: 'GET', methodDecidedBy: null, host: null, hostDecidedBy: '{{input.url}}', often },
    ],
  })
  expect(part?.lines).toEqual([
    'POST api.example.com (`a`, once)',
    'GET a host decided at run time by `{{input.url}}` (`b`, once)',
  ])
})

test('a cost without a price is unknown, and one that is known is an upper bound', () => {
  const line = (more: Partial<typeof model>) => planParts({ ...nothing, models: [{ ...model, ...more }] })[0]?.lines[0]
  expect(line({})).toBe('small of acme (`ask`, once): about 12 tokens in, at most 500 out; cost unknown')
  expect(line({ costPerCallUsd: 0.02, costAtMostUsd: 0.04 })).toContain('; at most $0.040')
  expect(line({ costPerCallUsd: 0.02, tokensInOpen: true })).toContain(
    '; at most $0.020 a call, without what templates insert',
  )
  expect(line({ tokensOut: null })).toContain('out not limited')
})

test('several models have a total, which is unknown if it is for one of them', () => {
  const lines = (costAtMostUsd: number | null) =>
    planParts({ ...nothing, models: [model, { ...model, stage: 'b' }], costAtMostUsd })[0]?.lines
  expect(lines(null)?.at(-1)).toBe('In all: cost unknown')
  expect(lines(1.5)?.at(-1)).toBe('In all: at most $1.50')
})

test('what a crash repeats is grouped by its rule, and long lists are cut', () => {
  const afterCrash = Array.from({ length: 10 }, (_, at) => ({ stage: `s${at}`, rule: 'READ_AGAIN' as const }))
  const [part] = planParts({ ...nothing, afterCrash })
  expect(part?.lines).toEqual(['Read again: `s0`, `s1`, `s2`, `s3`, `s4`, `s5`, `s6`, `s7` and 2 more'])
})

test('a loop over unknown items leaves the time open', () => {
  const longestPath = {
    stageCount: 3,
    atMostSeconds: 30,
    open: [{ stage: 'each', atMostSeconds: 10 }],
    runTimeoutSeconds: null,
  }
  const [part] = planParts({ ...nothing, longestPath })
  expect(part?.lines).toEqual([
    '3 stages in sequence, at most 30.0 s and what follows',
    '`each` takes at most 10.0 s per item',
  ])
})

test('the last run is compared once it is over and has called a model', () => {
  const usage = { calls: 2, promptTokens: 1200, completionTokens: 340, costUsd: null }
  const run = { id: 'run_1', finishedAt: '2026-01-01T00:00:00Z', usage }
  expect(lastRunWords(run)).toBe('The last run: 2 model calls, 1,200 tokens in, 340 out, cost unknown.')
  expect(lastRunWords({ ...run, finishedAt: null })).toBeUndefined()
  expect(lastRunWords({ ...run, usage: { ...usage, calls: 0 } })).toBeUndefined()
  expect(lastRunWords(null)).toBeUndefined()
})
