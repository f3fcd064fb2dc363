import { expect, test } from 'vitest'
import type { DraftSession, Shown } from '../session.ts'
import { type SyncState, startOf } from '../sync.ts'
import { savedOf, untilSaved } from './saving.ts'
import { WHOLE, extentInput, inputOf } from './start.ts'

const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
const shownOf = (part: Partial<SyncState> = {}): Shown => ({
  sync: { ...startOf({ revision: 7, text: '{}', about }), ...part },
  people: [],
  changedBy: undefined,
  cutOff: false,
})
const flight = { changeId: 'c', kind: 'text' as const, revision: 7, text: '{ }', lost: 0 }

test('a request names at most one of the three ways to run a part', () => {
  expect(extentInput(WHOLE)).toEqual({})
  expect(extentInput({ kind: 'upTo', stage: 'a' })).toEqual({ upTo: 'a' })
  expect(extentInput({ kind: 'only', stage: 'a' })).toEqual({ only: 'a' })
})

test('the form is made from what the text of the draft declares', () => {
  const text = '{"input_schema": {"properties": {"q": {}}}, "example_input": {"q": 1}}'
  expect(inputOf(text)).toEqual({ inputSchema: { properties: { q: {} } }, sampleInput: { q: 1 } })
  expect(inputOf('{"input_schema": ')).toEqual({})
  expect(inputOf('[]')).toEqual({ inputSchema: undefined })
})

test('a run starts once the draft is saved, at the revision that it then has', async () => {
  let now = shownOf({ doc: '{ }', flight })
  let listener = () => {}
  let flushed = 0
  const session = {
    state: () => now,
    flush: () => void flushed++,
    subscribe: (added: () => void) => {
      listener = added
      return () => {
        listener = () => {}
      }
    },
  } as unknown as DraftSession
  const saved = untilSaved(session)
  now = shownOf({ doc: '{  }' })
  listener()
  now = shownOf({ base: { revision: 9, text: '{  }' }, doc: '{  }' })
  listener()
  expect(await saved).toEqual({ revision: 9 })
  expect(flushed).toBe(2)
})

test.each([
  ['OFFLINE', { doc: '{ }', flight, trouble: { kind: 'unreachable' } as const }],
  ['INVALID_JSON', { doc: '{', trouble: { kind: 'unreadable', message: '' } as const }],
  ['INVALID_INPUT', { doc: '[]', trouble: { kind: 'refused', message: '', code: 'X' } as const }],
  ['CONFLICT', { conflict: { from: '{}', theirs: { revision: 8, text: '{}', about }, meetings: [] } }],
])('nothing is started while the draft cannot be saved: %s', (code, part) => {
  const saved = savedOf(shownOf(part))
  expect(saved && 'problem' in saved && saved.problem.code).toBe(code)
})
