import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { expect, test } from 'vitest'
import { facesOf, shapeOf } from './picture.tsx'
import { merge } from './three-way.ts'
import { type PipelineFile, readFile } from './values.ts'

const card = (id: string, dependsOn: string[] = [], parent: string | null = null): CanvasStage => ({
  id,
  component: 'logger',
  kind: 'OPERATOR',
  dependsOn,
  parent,
  branch: null,
  branches: [],
})

test('the picture has the stages of all three, and the lines that any side added or removed', () => {
  const { stages, lines } = shapeOf({
    base: [card('a'), card('b', ['a']), card('c', ['b'])],
    mine: [card('a'), card('b', ['a']), card('c', ['b']), card('m', ['c'])],
    theirs: [card('a'), card('c', ['a'])],
  })
  expect(stages.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'm'])
  expect(lines).toEqual({ 'a→c': 'added', 'c→m': 'added', 'b→c': 'removed' })
})

test('a stage stands where the side that moved it has put it', () => {
  const was = [card('each'), card('a')]
  const moved = [card('each'), card('a', [], 'each')]
  const parentOf = (mine: CanvasStage[], theirs: CanvasStage[]) =>
    shapeOf({ base: was, mine, theirs }).stages.find(({ id }) => id === 'a')?.parent
  expect(parentOf(moved, was)).toBe('each')
  expect(parentOf(was, moved)).toBe('each')
})

const file = (stages: object[]): PipelineFile => {
  const read = readFile(JSON.stringify({ stages }))
  if (!read) throw new Error('not read')
  return read
}

test('each stage says who changed it, and where somebody has to choose', () => {
  const base = file([{ id: 'same' }, { id: 'own', x: 1 }, { id: 'gone' }, { id: 'met', x: 1 }])
  const mine = file([{ id: 'same' }, { id: 'own', x: 2 }, { id: 'gone' }, { id: 'met', x: 2 }, { id: 'new' }])
  const theirs = file([{ id: 'same' }, { id: 'own', x: 1 }, { id: 'met', x: 3 }])
  const { conflicts } = merge(base, mine, theirs)
  const names = { mine: 'Mine', theirs: 'Theirs' }
  const faces = (decided: boolean) =>
    facesOf(['same', 'own', 'gone', 'met', 'new'], { base, mine, theirs }, conflicts, () => decided, names)
  const open = faces(false)
  expect(open['same']).toMatchObject({ mark: 'same' })
  expect(open['own']).toMatchObject({ mark: 'mine', word: 'Mine: 1 field', figure: '1 field' })
  expect(open['gone']).toMatchObject({ mark: 'theirs', word: 'Theirs: removed' })
  expect(open['new']).toMatchObject({ mark: 'mine', figure: 'added' })
  expect(open['met']).toMatchObject({
    mark: 'conflict',
    word: 'Mine: 1 field, Theirs: 1 field, 1 conflict to decide',
    figure: '1 conflict',
  })
  expect(faces(true)['met']).toMatchObject({ mark: 'both', figure: 'decided' })
})
