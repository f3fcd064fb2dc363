// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, expect, test } from 'vitest'
import { StatusLine } from './status-line.tsx'
import type { Shown } from './session.ts'
import { type SyncState, startOf } from './sync.ts'

afterEach(cleanup)

const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
const state = (part: Partial<SyncState> = {}): Shown => ({
  sync: { ...startOf({ revision: 1, text: '{}', about }), ...part },
  people: [],
  changedBy: undefined,
  cutOff: false,
})
const line = (shown: Shown) => (
  <TipProvider>
    <StatusLine shown={shown} view={undefined} />
  </TipProvider>
)
const seen = () => screen.getByTestId('draft-status').textContent
const heard = () => screen.getByRole('status').textContent

test('screen readers hear that something is not saved, and not each time that it is being saved', () => {
  const { rerender } = render(line(state()))
  rerender(line(state({ doc: '{ }' })))
  expect(seen()).toBe('Saving …')
  expect(heard()).toBe('No changes since version 1')
  rerender(line(state({ doc: '{ }', trouble: { kind: 'unreachable' } })))
  expect(heard()).toBe('Not saved: the server is unreachable; your text is kept')
})

test('the others who have the draft open are listed with their places, and oneself is not', () => {
  const grace = { key: 'g', name: 'Grace Hopper', own: false, stage: 'draft-reply', field: 'config.prompt' }
  const people = [grace, { ...grace, key: 'a', name: 'Ada', own: true }]
  render(line({ ...state(), people }))
  const list = screen.getByRole('list', { name: 'Also editing' })
  expect(list.textContent).toContain('GH')
  expect(list.textContent).toContain('Grace Hopper, at prompt of draft-reply')
  expect(list.textContent).not.toContain('Ada')
})
