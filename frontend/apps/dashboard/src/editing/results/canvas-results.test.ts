import { createCanvasStore, createEditStore } from '@flowmason/pipeline-canvas'
import type { ProblemFieldsFragment } from '@flowmason/graphql'
import { expect, test } from 'vitest'
import { facesOf } from '../canvas/faces.ts'
import { type CardSources, CanvasResults, mergedFaces } from './canvas-results.ts'
import { parts, runAfter, stageOf } from './samples.ts'

const STAGES = [stageOf('one'), stageOf('two', { dependsOn: ['one'] }), stageOf('new')]
const NOTHING = facesOf([])
const NO_PINS: ReadonlySet<string> = new Set()
const problem = (stage: string, severity: ProblemFieldsFragment['severity']): ProblemFieldsFragment => ({
  severity,
  code: 'X',
  message: 'It is wrong',
  suggestion: null,
  path: '',
  line: 1,
  column: 1,
  stage,
})
const sources = (n: number, more: Partial<CardSources> = {}): CardSources => ({
  stages: STAGES,
  problems: {},
  results: { live: { run: runAfter(n), texts: {} }, parts },
  pins: NO_PINS,
  ...more,
})

function canvas() {
  const store = createCanvasStore()
  const edit = createEditStore()
  const cards = new CanvasResults(store, edit)
  return { cards, faces: () => store.getState().faces, results: () => edit.getState().results, edit }
}

test('cards show the states, times, outputs and errors of the run', () => {
  const { cards, faces, results } = canvas()
  cards.update(sources(4))
  expect(faces()['one']).toEqual({ status: 'succeeded', figure: '100 ms' })
  expect(faces()['two']?.status).toBe('running')
  expect(results()).toEqual({ one: { text: 'alpha' } })
  cards.update(sources(6))
  expect(faces()['two']).toEqual({ status: 'failed', figure: '100 ms' })
  expect(faces()['new']).toEqual({ status: 'idle' })
  expect(results()).toEqual({ one: { text: 'alpha' }, two: { text: 'It is wrong', failed: true } })
})

test('a card whose stage did nothing new stays the same object', () => {
  const { cards, faces } = canvas()
  const run = runAfter(3)
  cards.update(sources(3, { results: { live: { run, texts: {} }, parts } }))
  const before = faces()['one']
  cards.update(sources(4))
  expect(faces()['one']).toBe(before)
})

test('text that is still being generated changes no card', () => {
  const { cards, faces } = canvas()
  const run = runAfter(4)
  cards.update(sources(4, { problems: NOTHING, results: { live: { run, texts: {} }, parts } }))
  const before = faces()
  const texts = { two: { attempt: 1, text: 'so far', end: 6, gap: false } }
  cards.update(sources(4, { problems: NOTHING, results: { live: { run, texts }, parts } }))
  expect(faces()).toBe(before)
})

test('an error of the draft comes before the result, a warning only where there is none', () => {
  const { cards, faces } = canvas()
  const problems = facesOf([problem('one', 'ERROR'), problem('two', 'WARNING'), problem('new', 'WARNING')])
  cards.update(sources(6, { problems }))
  expect(faces()['one']?.figure).toBe('1 problem')
  expect(faces()['two']?.figure).toBe('100 ms')
  expect(faces()['new']?.figure).toBe('1 problem')
})

test('without results, cards show the problems and the pins', () => {
  const { cards, faces, results, edit } = canvas()
  cards.update(sources(6))
  cards.update({
    stages: STAGES,
    problems: facesOf([problem('two', 'ERROR')]),
    results: undefined,
    pins: new Set(['one']),
  })
  expect(Object.keys(faces())).toEqual(['two'])
  expect(results()).toEqual({})
  expect(edit.getState().pins?.has('one')).toBe(true)
})

test('the cards of a large pipeline are derived in slices, and the newest state is shown in the end', async () => {
  const { cards, faces } = canvas()
  const many = Array.from({ length: 400 }, (_, index) => stageOf(`s${index}`))
  const stages = [...STAGES, ...many]
  for (const n of [2, 3, 4, 6]) cards.update(sources(n, { stages }))
  await expect.poll(() => faces()['two']?.status).toBe('failed')
  expect(Object.keys(faces())).toHaveLength(403)
})

test('a stage may have any id', () => {
  const problems = JSON.parse('{"__proto__":{"status":"failed","figure":"1 problem"}}') as Record<string, never>
  expect(Object.keys(mergedFaces({ a: { status: 'idle' } }, problems))).toEqual(['a', '__proto__'])
})
