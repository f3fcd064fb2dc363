import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hindranceOf, savedOf, until, untilSaved } from './saving.ts'
import type { DraftSession, Shown } from './session.ts'
import { type SyncState, startOf } from './sync.ts'

const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
const shownOf = (part: Partial<SyncState> = {}): Shown => ({
  sync: { ...startOf({ revision: 7, text: '{}', about }), ...part },
  people: [],
  changedBy: undefined,
  cutOff: false,
})
const flight = { changeId: 'c', kind: 'text' as const, revision: 7, text: '{ }', lost: 0 }

/** A draft that is changed by the test. */
function sessionOf(part: Partial<SyncState>) {
  let now = shownOf(part)
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
  const becomes = (next: Partial<SyncState>) => {
    now = shownOf(next)
    listener()
  }
  return { session, becomes, flushed: () => flushed }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what is typed is saved, and the revision that the draft then has is known', async () => {
  const { session, becomes, flushed } = sessionOf({ doc: '{ }', flight })
  const saved = untilSaved(session)
  becomes({ doc: '{  }' })
  becomes({ base: { revision: 9, text: '{  }' }, doc: '{  }' })
  expect(await saved).toEqual({ revision: 9 })
  expect(flushed()).toBe(2)
})

test('what is not saved after a while says so', async () => {
  const { session } = sessionOf({ doc: '{ }', flight })
  const saved = untilSaved(session)
  await vi.advanceTimersByTimeAsync(31_000)
  expect(await saved).toMatchObject({ problem: { code: 'TIMEOUT' } })
})

test.each([
  ['OFFLINE', { doc: '{ }', flight, trouble: { kind: 'unreachable' } as const }],
  ['INVALID_JSON', { doc: '{', trouble: { kind: 'unreadable', message: '' } as const }],
  ['INVALID_INPUT', { doc: '[]', trouble: { kind: 'refused', message: '', code: 'X' } as const }],
  ['CONFLICT', { conflict: { from: '{}', theirs: { revision: 8, text: '{}', about }, meetings: [] } }],
])('a draft that cannot be saved says why: %s', (code, part) => {
  const saved = savedOf(shownOf(part))
  expect(saved && 'problem' in saved && saved.problem.code).toBe(code)
})

test('a text that was changed back to what is saved is in nobody’s way', () => {
  const trouble = { kind: 'refused', message: '', code: 'X' } as const
  expect(hindranceOf(shownOf({ doc: '[]', trouble }).sync)?.code).toBe('INVALID_INPUT')
  expect(hindranceOf(shownOf({ trouble }).sync)).toBeUndefined()
})

test('what is waited for may hold already, or hold later', async () => {
  const { session, becomes } = sessionOf({})
  const saved = ({ sync }: Shown) => sync.base.revision > 7
  await until(session, () => true)
  const later = until(session, saved)
  becomes({ base: { revision: 8, text: '{}' } })
  await later
  expect(saved(session.state())).toBe(true)
})
