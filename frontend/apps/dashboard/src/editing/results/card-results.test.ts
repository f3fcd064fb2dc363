import { atOnce } from '@flowmason/pipeline-canvas/steps'
import { expect, test } from 'vitest'
import { applyEvents, emptyRun } from '../../run/journal.ts'
import { resultSteps, shortOf } from './card-results.ts'
import { journal, stageOf } from './samples.ts'

test('a value is described by what is most of it, in one line', () => {
  expect(shortOf('two\n lines')).toBe('two lines')
  expect(shortOf('x'.repeat(500))).toBe(`${'x'.repeat(80)}…`)
  expect(shortOf([1, 2, 3])).toBe('a list of 3')
  expect(shortOf({ content: 'Hello', tokens: 3 })).toBe('Hello')
  expect(shortOf({ result: 7 })).toBe('result: 7')
  expect(shortOf({ result: [1] })).toBe('result: a list of 1')
  expect(shortOf({ body: {}, status: 200 })).toBe('body, status')
  expect(shortOf({})).toBe('an empty object')
  expect(shortOf(false)).toBe('false')
})

test('of a stage that ran for several items, the failed one is shown, and a control stage shows nothing itself', () => {
  const run = applyEvents(
    emptyRun,
    journal(
      ['run.started', null],
      ['stage.started', 'each', { attempt: 1 }],
      ['stage.started', 'each[0]/mood', { attempt: 1 }],
      ['stage.failed', 'each[0]/mood', { attempt: 1, error: { code: 'X', message: 'No' } }],
      ['stage.started', 'each[1]/mood', { attempt: 1 }],
      ['stage.succeeded', 'each[1]/mood', { attempt: 1, output: 'good' }],
      ['stage.succeeded', 'each', { attempt: 1, output: { results: [] } }],
    ),
  )
  const stages = [stageOf('each', { component: 'foreach' }), stageOf('mood', { parent: 'each', branch: 'loop' })]
  expect(atOnce(resultSteps(stages, run))).toEqual({ mood: { text: 'No', failed: true } })
})

test('an output that is too long for its event shows its beginning', () => {
  const cut = { output: { bytes: 100_000, mediaType: 'application/json', preview: '{"rows": [' } }
  const run = applyEvents(
    emptyRun,
    journal(['run.started', null], ['stage.started', 'a'], ['stage.succeeded', 'a', { output: null, truncated: cut }]),
  )
  expect(atOnce(resultSteps([stageOf('a')], run))).toEqual({ a: { text: '{"rows": [' } })
})
