// @vitest-environment happy-dom
import { createEditStore } from '@flowmason/pipeline-canvas'
import { MOST_NOTES, NOTE_CHARS } from '@flowmason/pipeline-canvas/editing'
import { expect, test } from 'vitest'
import type { Edit, Outcome } from '../edits.ts'
import type { DraftSession } from '../session.ts'
import { NoteActions, notesIn } from './notes.ts'

const fileOf = (notes: unknown) => JSON.stringify({ name: 'p', metadata: { canvas: { notes } } })

function opened(text: string, answer: Outcome = { ok: true }) {
  const sent: (readonly Edit[])[] = []
  const said: string[] = []
  const edit = createEditStore()
  const session = {
    edit: (edits: readonly Edit[]) => {
      sent.push(edits)
      return Promise.resolve(answer)
    },
  } as unknown as DraftSession
  const notes = new NoteActions({ session, edit, say: (message) => said.push(message) })
  notes.update(notesIn(text))
  const shown = () => edit.getState().notes.map(({ text: words, color, x, y }) => [words, color, x, y])
  return { notes, edit, sent, said, shown }
}

test('notes are read from the metadata, whatever else is there', () => {
  const { shown } = opened(fileOf({ a: { text: 'hi', color: 'blue', x: 1, y: -2 }, b: 7, c: { text: 'no place' } }))
  expect(shown()).toEqual([
    ['hi', 'blue', 1, -2],
    ['no place', 'plain', 0, 0],
  ])
  for (const odd of ['{', '[]', '{"notes": []}', fileOf([]), fileOf('x'), '{"metadata": null, "notes": {}}'])
    expect(notesIn(odd)).toEqual([])
})

test('a file with more and longer notes than can be written shows the first, and their beginning', () => {
  const many = Object.fromEntries(
    Array.from({ length: MOST_NOTES + 5 }, (_, index) => [
      `n${index}`,
      { text: 'x'.repeat(NOTE_CHARS + 9), x: 0, y: 0 },
    ]),
  )
  const read = notesIn(fileOf(many))
  expect(read).toHaveLength(MOST_NOTES)
  expect(read[0]?.text).toHaveLength(NOTE_CHARS)
})

test('a new note is saved once it has a text, and one without is gone', () => {
  const { notes, edit, sent, shown } = opened(fileOf({}))
  notes.add(() => ({ x: 84.2, y: 71 }))
  const id = edit.getState().writing ?? ''
  expect(shown()).toHaveLength(1)
  expect(sent).toEqual([])
  notes.change(id, { text: 'Remember' })
  expect(sent).toEqual([
    [
      {
        op: 'setField',
        path: ['metadata', 'canvas', 'notes', id],
        value: { text: 'Remember', color: 'yellow', x: 84, y: 71 },
      },
    ],
  ])
  notes.add(() => ({ x: 0, y: 0 }))
  notes.remove(edit.getState().writing ?? '')
  expect(sent).toHaveLength(1)
  expect(shown()).toHaveLength(1)
})

test('a new note that is removed while it is being saved does not come back', async () => {
  const { notes, edit, sent, shown } = opened(fileOf({}))
  notes.add(() => ({ x: 0, y: 0 }))
  const id = edit.getState().writing ?? ''
  notes.change(id, { text: 'Remember' })
  notes.remove(id)
  notes.remove(id)
  expect(sent).toHaveLength(2)
  expect(sent[1]).toEqual([{ op: 'unsetField', path: ['metadata', 'canvas', 'notes', id] }])
  expect(shown()).toEqual([])
  // The draft has it until the second change is made, too.
  notes.update(notesIn(fileOf({ [id]: { text: 'Remember', x: 0, y: 0 } })))
  expect(shown()).toEqual([])
  await Promise.resolve()
  notes.update(notesIn(fileOf({})))
  expect(shown()).toEqual([])
})

test('only what changed of a note is written, and it is shown before it is saved', () => {
  const { notes, sent, shown } = opened(fileOf({ a: { text: 'hi', color: 'blue', x: 1, y: 2 } }))
  notes.change('a', { x: 21, y: 2 })
  notes.change('a', { color: 'red' })
  const path = (key: string) => ['metadata', 'canvas', 'notes', 'a', key]
  expect(sent).toEqual([
    [
      { op: 'setField', path: path('x'), value: 21 },
      { op: 'setField', path: path('y'), value: 2 },
    ],
    [{ op: 'setField', path: path('color'), value: 'red' }],
  ])
  expect(shown()).toEqual([['hi', 'red', 21, 2]])
  notes.remove('a')
  expect(sent[2]).toEqual([{ op: 'unsetField', path: ['metadata', 'canvas', 'notes', 'a'] }])
  expect(shown()).toEqual([])
})

test('a note that is refused is as it was, with the reason', async () => {
  const { notes, said, shown } = opened(fileOf({ a: { text: 'hi', x: 1, y: 2 } }), { ok: false, message: 'Too large.' })
  notes.change('a', { x: 50 })
  await Promise.resolve()
  await Promise.resolve()
  expect(said).toEqual(['Too large.'])
  expect(shown()).toEqual([['hi', 'plain', 1, 2]])
})

test('there are at most 50 notes', () => {
  const full = Object.fromEntries(Array.from({ length: MOST_NOTES }, (_, index) => [`n${index}`, { text: 'x' }]))
  const { notes, edit, said } = opened(fileOf(full))
  notes.add(() => ({ x: 0, y: 0 }))
  expect(said).toEqual(['A pipeline has at most 50 notes.'])
  expect(edit.getState().writing).toBeNull()
})
