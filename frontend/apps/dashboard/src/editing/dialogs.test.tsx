// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { Client, type ExchangeIO, Provider } from 'urql'
import { map, pipe } from 'wonka'
import { afterEach, expect, test, vi } from 'vitest'
import { DiscardDialog } from './discard-dialog.tsx'
import { SaveDialog } from './save-dialog.tsx'
import type { DraftSession, Shown } from './session.ts'
import { type SyncEvent, type SyncState, startOf } from './sync.ts'

afterEach(cleanup)

const ada = { name: 'Ada', own: true, changes: 1 }
const grace = { name: 'Grace', own: false, changes: 2 }
const about = { baseNumber: 3, behind: false, unsaved: [ada, grace], canUndo: true, canRedo: false }
const shownOf = (part: Partial<SyncState> = {}): Shown => ({
  sync: { ...startOf({ revision: 7, text: '{}', about }), ...part },
  people: [],
  changedBy: undefined,
  cutOff: false,
})
const fields = {
  revision: 8,
  source: '{}',
  behind: false,
  baseVersion: { id: 'ver_4', number: 4 },
  unsaved: [],
  history: { canUndo: true, canRedo: false },
}
const theirs = { author: { kind: 'user', name: 'Grace' }, own: false, changes: 3 }

/** Renders with a server that answers every request with this. */
function show(data: unknown, dialog: (session: DraftSession) => ReactNode) {
  const sent: unknown[] = []
  const happened: SyncEvent[] = []
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      map((operation) => {
        sent.push((operation.variables as { input: unknown }).input)
        return { operation, data, error: undefined, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  const session = { happen: (event: SyncEvent) => happened.push(event) } as unknown as DraftSession
  render(
    <Provider value={client}>
      <TipProvider>{dialog(session)}</TipProvider>
    </Provider>,
  )
  return { sent, happened }
}

const place = { pipelineId: 'pipe_1', latest: 3 }
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }))

test('discarding says whose changes go, and takes them all', async () => {
  const close = vi.fn<() => void>()
  const { sent, happened } = show({ discardDraft: { draft: fields, others: [] } }, (session) => (
    <DiscardDialog {...place} session={session} shown={shownOf()} onClose={close} />
  ))
  expect(screen.getByText(/Ada \(1 change\)/)).toBeTruthy()
  expect(screen.getByText(/Grace \(2 changes\)/)).toBeTruthy()
  press('Discard all changes')
  await waitFor(() => expect(close).toHaveBeenCalledOnce())
  expect(sent).toEqual([{ pipelineId: 'pipe_1', revision: 7, includeOthers: true }])
  expect(happened).toMatchObject([{ type: 'read', draft: { revision: 8 } }])
})

test('if somebody changed it just now, nothing is discarded and the dialog stays', async () => {
  const close = vi.fn<() => void>()
  const { happened } = show({ discardDraft: { draft: fields, others: [theirs] } }, (session) => (
    <DiscardDialog
      {...place}
      session={session}
      shown={shownOf({ about: { ...about, unsaved: [ada] } })}
      onClose={close}
    />
  ))
  press('Discard my changes')
  await waitFor(() => expect(happened).toHaveLength(1))
  expect(close).not.toHaveBeenCalled()
})

/** As Enter in the note does. */
const submit = () => fireEvent.submit(document.querySelector('form') ?? document.body)
const nothing = { onBehind: () => {}, onMerge: () => {}, onJump: () => {}, onClose: () => {} }

test('a version is saved with its note, after saying whose changes it takes along', async () => {
  const saved = vi.fn<(number: number, created: boolean) => void>()
  const version = { id: 'ver_4', number: 4 }
  const answer = { saveDraft: { draft: fields, version, created: true, others: [], conflicts: [] } }
  const { sent } = show(answer, (session) => (
    <SaveDialog {...place} {...nothing} session={session} shown={shownOf()} onSaved={saved} />
  ))
  expect(screen.getByText(/also takes what others changed: Grace \(2 changes\)/)).toBeTruthy()
  fireEvent.change(screen.getByRole('textbox', { name: /Note/ }), { target: { value: ' Warmer ' } })
  submit()
  await waitFor(() => expect(saved).toHaveBeenCalledExactlyOnceWith(4, true))
  const input = { pipelineId: 'pipe_1', revision: 7, note: 'Warmer', includeOthers: true, overVersion: null }
  expect(sent).toEqual([input])
})

test('what a version changed meanwhile is replaced only on request', async () => {
  const saved = vi.fn<(number: number, created: boolean) => void>()
  const conflict = { place: {}, base: null, mine: null, theirs: null, message: 'Both changed `prompt`' }
  const answer = { saveDraft: { draft: fields, version: null, created: false, others: [], conflicts: [conflict] } }
  const { sent } = show(answer, (session) => (
    <SaveDialog {...place} {...nothing} session={session} shown={shownOf()} onSaved={saved} />
  ))
  submit()
  await waitFor(() => expect(screen.getByText(/Both changed/)).toBeTruthy())
  expect(saved).not.toHaveBeenCalled()
  press('Replace what version 3 changed')
  await waitFor(() => expect(sent).toHaveLength(2))
  expect(sent[1]).toMatchObject({ overVersion: 3 })
})

test('nothing can be saved as a version while something typed is not saved', () => {
  show({}, (session) => (
    <SaveDialog {...place} {...nothing} session={session} shown={shownOf({ doc: '{ }' })} onSaved={() => {}} />
  ))
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save all of it' }).disabled).toBe(true)
})

test('where a version changed the same, both can be brought together, and then the draft is saved over it', async () => {
  const merge = vi.fn<(note: string) => void>()
  const behind = { ...about, baseNumber: 2, behind: true, unsaved: [ada] }
  const conflict = { place: {}, base: null, mine: null, theirs: null, message: 'Both changed `prompt`' }
  const answer = { saveDraft: { draft: fields, version: null, created: false, others: [], conflicts: [conflict] } }
  const { sent } = show(answer, (session) => (
    <SaveDialog
      {...place}
      {...nothing}
      session={session}
      shown={shownOf({ about: behind })}
      onMerge={merge}
      onSaved={() => {}}
    />
  ))
  submit()
  await waitFor(() => expect(screen.getByText(/Both changed/)).toBeTruthy())
  fireEvent.change(screen.getByRole('textbox', { name: /Note/ }), { target: { value: 'Warmer' } })
  press('Choose on the canvas')
  expect(merge).toHaveBeenCalledExactlyOnceWith('Warmer')
  expect(sent).toMatchObject([{ overVersion: null }])
  cleanup()
  const again = show(answer, (session) => (
    <SaveDialog
      {...place}
      {...nothing}
      session={session}
      shown={shownOf({ about: behind })}
      over={3}
      onSaved={() => {}}
    />
  ))
  expect(screen.getByText(/version 3 are brought together/)).toBeTruthy()
  submit()
  await waitFor(() => expect(again.sent).toMatchObject([{ overVersion: 3 }]))
})
