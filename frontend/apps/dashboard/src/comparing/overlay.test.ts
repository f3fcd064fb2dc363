import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { expect, test } from 'vitest'
import { changesOf } from './changes.ts'
import { overlayOf } from './overlay.ts'
import { entry, field, nothing, stage } from './samples.ts'

const card = (id: string, dependsOn: string[] = [], parent: string | null = null): CanvasStage => ({
  id,
  component: 'logger',
  kind: 'OPERATOR',
  dependsOn,
  parent,
  branch: null,
  branches: [],
})
const none = new Map<string, string>()

test('a stage that is gone stays in its place, with the lines that it had', () => {
  const changes = changesOf({ ...nothing, removed: [entry('b')], added: [entry('d')] })
  const before = [card('a'), card('b', ['a']), card('c', ['b'])]
  const after = [card('a'), card('c', ['a']), card('d', ['c'])]
  const { stages, faces, lines } = overlayOf(before, after, changes, none)
  expect(stages.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
  expect(Object.entries(faces).map(([id, { mark }]) => [id, mark])).toEqual([
    ['a', 'same'],
    ['b', 'removed'],
    ['c', 'same'],
    ['d', 'added'],
  ])
  expect(lines).toEqual({ 'a→c': 'added', 'c→d': 'added', 'a→b': 'removed', 'b→c': 'removed' })
  expect(stages.find(({ id }) => id === 'c')?.dependsOn).toEqual(['a', 'b'])
})

test('a renamed stage is one stage, and its lines are the same lines', () => {
  const changes = changesOf({ ...nothing, changed: [stage('write', { from: 'draft' })] })
  const before = [card('draft'), card('send', ['draft'])]
  const after = [card('write'), card('send', ['write'])]
  const { stages, faces, lines } = overlayOf(before, after, changes, new Map([['draft', 'write']]))
  expect(stages.map(({ id }) => id)).toEqual(['write', 'send'])
  expect(faces['write']).toMatchObject({ mark: 'moved', figure: 'renamed' })
  expect(lines).toEqual({})
})

test('a changed stage says how many of its fields differ', () => {
  const fields = [field('config.a', 1, 2), field('config.b', 1, 2), field('depends_on', ['x'], ['y'], true)]
  const changes = changesOf({ ...nothing, changed: [stage('a', { fields })] })
  const { faces } = overlayOf([card('a')], [card('a')], changes, none)
  expect(faces['a']).toMatchObject({ mark: 'changed', figure: '2 fields', word: '2 fields' })
})

test('a line that was turned around is not drawn twice, because the stages would wait for each other', () => {
  const fields = [field('depends_on', [], ['b'])]
  const changes = changesOf({ ...nothing, changed: [stage('a', { fields }), stage('b', { fields })] })
  const { stages, lines } = overlayOf([card('a'), card('b', ['a'])], [card('a', ['b']), card('b')], changes, none)
  expect(lines).toEqual({ 'b→a': 'added' })
  expect(stages.map(({ dependsOn }) => dependsOn)).toEqual([['b'], []])
})

test('a line to an inner stage starts at the control stage around it', () => {
  const changes = changesOf({ ...nothing, removed: [entry('end')] })
  const before = [card('each'), card('in', [], 'each'), card('end', ['in'])]
  const after = [card('each'), card('in', [], 'each')]
  const { stages, lines } = overlayOf(before, after, changes, none)
  expect(lines).toEqual({ 'each→end': 'removed' })
  expect(stages.find(({ id }) => id === 'end')?.dependsOn).toEqual(['in'])
})
