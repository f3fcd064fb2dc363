// @vitest-environment happy-dom
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { beforeEach, expect, test } from 'vitest'
import { foldedStages, hiding, keepFolds, readFolds } from './folding.ts'

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'generator',
  kind: 'NODE',
  dependsOn: [],
  branches: [],
  ...more,
})
const STAGES = [
  stage('each'),
  stage('route', { parent: 'each' }),
  stage('left', { parent: 'route' }),
  stage('after', { dependsOn: ['left', 'each'] }),
]

beforeEach(() => localStorage.clear())

test('a folded control stage hides all that is inside, and stands for it', () => {
  const { stages, folds, standIn } = foldedStages(STAGES, new Set(['each']))
  expect(stages.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ['each', []],
    ['after', ['each']],
  ])
  expect(folds).toEqual({ each: { folded: true, inside: 2 }, route: { folded: false, inside: 1 } })
  expect([...standIn]).toEqual([
    ['route', 'each'],
    ['left', 'each'],
  ])
})

test('without folds the stages are the same ones', () => {
  expect(foldedStages(STAGES, new Set(['after', 'gone'])).stages).toBe(STAGES)
})

test('all that hides a stage is unfolded to show it', () => {
  expect(hiding(STAGES, new Set(['route', 'each', 'after']), 'left')).toEqual(['route', 'each'])
})

test('folds are kept in the browser, for each pipeline', () => {
  keepFolds('pipe_1', new Set(['each']))
  expect([...readFolds('pipe_1')]).toEqual(['each'])
  expect(readFolds('pipe_2').size).toBe(0)
  keepFolds('pipe_1', new Set())
  expect(localStorage.length).toBe(0)
  localStorage.setItem('flowmason.folds.pipe_1', '{')
  expect(readFolds('pipe_1').size).toBe(0)
})

test('stages that run each other in a circle are no reason to hang', () => {
  const circle = [stage('a', { parent: 'b' }), stage('b', { parent: 'a' })]
  expect(foldedStages(circle, new Set(['a'])).stages.length).toBeLessThan(3)
})
