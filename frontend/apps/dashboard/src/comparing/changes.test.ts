import { expect, test } from 'vitest'
import { changesOf, countWords, shortWords, wholeFields } from './changes.ts'
import { entry, field, nothing, stage } from './samples.ts'

const renamed = {
  ...nothing,
  changed: [
    stage('write', { from: 'draft' }),
    stage('send', { fields: [field('depends_on', ['draft'], ['write'], true)] }),
  ],
}

test('a renamed stage is one change, and what names it by its new id is none', () => {
  const changes = changesOf(renamed)
  expect(changes.map(({ kind, stage: id }) => [kind, id])).toEqual([
    ['renamed', 'write'],
    ['follows', 'send'],
  ])
  expect(changes[0]?.words).toBe('renamed from `draft`')
  expect(countWords(changes)).toBe('1 renamed')
})

test('a renamed stage with another field is changed, and says both', () => {
  const [change] = changesOf({
    ...nothing,
    changed: [stage('write', { from: 'draft', fields: [field('config.prompt', 'a', 'b')] })],
  })
  expect(change?.kind).toBe('changed')
  expect(change && shortWords(change)).toBe('`write`: renamed from `draft`, `config.prompt`')
})

test('what only places a stage is no change', () => {
  const changes = changesOf({
    ...nothing,
    onlyLayout: true,
    changed: [stage('a', { fields: [field('position', { x: 0, y: 0 }, { x: 1, y: 0 })] })],
  })
  expect(changes.map(({ kind, fields }) => [kind, fields])).toEqual([['layout', []]])
  expect(countWords(changes)).toBe('')
})

test('notes on the canvas are no change of the pipeline, and other metadata is', () => {
  const canvas = { arranged: true, notes: {} }
  const of = (...fields: ReturnType<typeof field>[]) => changesOf({ ...nothing, fields })
  expect(of(field('metadata.canvas.notes.a.text', 'x', 'y'), field('metadata.canvas', {}, canvas))).toEqual([])
  expect(of(field('metadata', null, { canvas }))).toEqual([])
  expect(of(field('metadata', null, { canvas, owner: 'Ada' }))).toHaveLength(1)
  expect(of(field('metadata.owner', 'Ada', 'Bob'), field('metadata.canvas', {}, canvas))[0]?.fields).toHaveLength(1)
})

test('a stage that runs elsewhere says from where to where', () => {
  const [change] = changesOf({ ...nothing, changed: [stage('a', { control: [[], ['each/loop']] })] })
  expect(change?.kind).toBe('moved')
  expect(change?.words).toBe('moved from the top level to `each` (loop)')
})

test('the pipeline comes first, then what is new, gone and different, each counted', () => {
  const changes = changesOf({
    ...nothing,
    fields: [field('name', 'a', 'b')],
    added: [entry('x'), entry('y')],
    removed: [entry('z')],
    changed: [stage('a', { fields: [field('config.n', 1, 2)] })],
  })
  expect(changes.map(({ key }) => key)).toEqual(['pipeline', 'stage:x', 'stage:y', 'stage:z', 'stage:a'])
  expect(countWords(changes)).toBe('2 added · 1 removed · 1 changed · 1 field of the pipeline')
  expect(changes.map(shortWords)).toEqual([
    '`name` of the pipeline',
    '`x` added',
    '`y` added',
    '`z` removed',
    '`a`: `config.n`',
  ])
})

test('of a stage that is there once, the fields of its configuration are shown, and not its id and component', () => {
  expect(wholeFields(entry('a', { message: 'hi' }).stage)).toEqual([['config.message', 'hi']])
})
