import { expect, test } from 'vitest'
import type { Shown } from './session.ts'
import { type SyncState, startOf } from './sync.ts'
import { personWords, sideWords, statusOf, whose } from './words.ts'

const about = { baseNumber: 3, behind: false, unsaved: [], canUndo: false, canRedo: false }
const mine = { name: 'Ada', own: true, changes: 1 }
const shown = (part: Partial<SyncState>, cutOff = false): Shown => ({
  sync: { ...startOf({ revision: 1, text: '{}', about }), ...part },
  people: [],
  changedBy: undefined,
  cutOff,
})
const words = (part: Partial<SyncState>, cutOff = false) => statusOf(shown(part, cutOff)).text

test('it is said whether the text is saved, and if not, why', () => {
  expect(words({})).toBe('No changes since version 3')
  expect(words({ about: { ...about, unsaved: [mine] } })).toBe('Saved')
  expect(words({ doc: '{ }' })).toBe('Saving …')
  expect(words({ doc: '{ }', trouble: { kind: 'unreachable' } })).toBe(
    'Not saved: the server is unreachable; your text is kept',
  )
  expect(words({ doc: '{', trouble: { kind: 'unreadable', message: '' } })).toContain('is not complete')
  expect(words({ trouble: { kind: 'refused', code: 'FORBIDDEN', message: '' } })).toContain('refused')
  expect(words({}, true)).toContain('changes of others are not shown')
})

test('people, their changes and their places are named', () => {
  expect(whose([{ name: 'Grace', own: false, changes: 2 }, mine])).toBe('Grace (2 changes) and Ada (1 change)')
  const grace = { key: 'g', name: 'Grace', own: false }
  expect(personWords({ ...grace, stage: 'draft-reply', field: 'config.prompt' })).toBe(
    'Grace, at prompt of draft-reply',
  )
  expect(personWords({ ...grace, stage: 'draft-reply', field: null })).toBe('Grace, at draft-reply')
  expect(personWords({ ...grace, stage: null, field: null })).toBe('Grace')
})

test('a side of a conflict is shown as its value', () => {
  expect(sideWords({ op: 'setField', stage: 'a', path: ['x'], value: 'hello' })).toBe('"hello"')
  expect(sideWords({ op: 'unsetField', stage: 'a', path: ['x'] })).toBe('removed')
  expect(sideWords({ op: 'renameStage', stage: 'a', to: 'b' })).toBe('renamed to b')
  expect(sideWords(null)).toBeUndefined()
})
