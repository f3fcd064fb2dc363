// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { field, nothing, stage } from '../comparing/samples.ts'
import { type Exchanges, type ExchangeEntry, entryOf } from './exchanges.ts'
import { createCopilotStore } from './copilot-store.ts'
import { ExchangeView } from './exchange-view.tsx'
import type { Exchange } from './link.ts'
import { exchange, piece } from './samples.ts'

beforeEach(() => {
  Element.prototype.scrollIntoView = () => {}
})
afterEach(cleanup)

function show(part: Partial<Exchange>, more: Partial<ExchangeEntry> = {}, undoable?: number) {
  const calls = {
    accept: vi.fn<Exchanges['accept']>(() => Promise.resolve()),
    refuse: vi.fn<Exchanges['refuse']>(),
    look: vi.fn<Exchanges['look']>(),
    cancel: vi.fn<Exchanges['cancel']>(() => Promise.resolve()),
    undo: vi.fn<Exchanges['undo']>(() => Promise.resolve()),
    reconsider: vi.fn<Exchanges['reconsider']>(),
    readAgain: vi.fn<Exchanges['readAgain']>(() => Promise.resolve()),
  }
  const store = createCopilotStore()
  render(
    <TipProvider>
      <ul>
        <ExchangeView
          entry={{ ...entryOf(exchange(part)), ...more }}
          exchanges={calls as unknown as Exchanges}
          store={store}
          revision={2}
          undoable={undoable}
        />
      </ul>
    </TipProvider>,
  )
  return { ...calls, store }
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name })
const changed = { ...nothing, changed: [stage('ask', { from: 'draft', fields: [field('config.a', 1, 2)] })] }

test('while the model writes, its summary is shown as far as it goes, and it can be cancelled', () => {
  const { cancel } = show({ state: 'WRITING', text: '' }, { text: '{"summary": "It is re' })
  expect(screen.getByText('It is re')).toBeTruthy()
  fireEvent.click(button('Cancel'))
  expect(cancel).toHaveBeenCalledWith('exchange_1')
})

test('what a model wrote is text: no markup of it has an effect', () => {
  const text = '<b>bold</b> [here](https://evil.test) `code`\n![x](https://evil.test/x.png)'
  show({ summary: text, pieces: [piece(0, { title: text })] })
  expect(screen.getAllByText((_, element) => element?.textContent === text).length).toBeGreaterThan(0)
  expect(document.querySelectorAll('a, img, b, code')).toHaveLength(0)
})

test('a piece is accepted or refused by itself', () => {
  const { accept, refuse } = show({ pieces: [piece(0), piece(1)] })
  fireEvent.click(button('Accept piece 2: piece 1'))
  expect(accept).toHaveBeenCalledWith('exchange_1', [1])
  fireEvent.click(button('Refuse piece 1: piece 0'))
  expect(refuse).toHaveBeenCalledWith('exchange_1', [0])
  fireEvent.click(button('Accept all 2 pieces'))
  expect(accept).toHaveBeenCalledWith('exchange_1', [0, 1])
})

test('what was tried out is shown with what got worse, of each piece and of all together', () => {
  const passed = { name: 'Dry run', passed: true, worse: false, detail: 'Runs to its end; `load` has a placeholder' }
  const worse = { name: 'Dry run', passed: false, worse: true, detail: 'Fails: `ask`: division by zero' }
  const dryRun = { state: 'SUCCEEDED' as const, stages: ['ask'], recorded: [], placeholders: ['load'], error: null }
  const failed = { ...dryRun, state: 'FAILED' as const, error: '`ask`: division by zero' }
  const cost = { beforeUsd: 0.5, afterUsd: 0.5 }
  const pieces = [
    piece(0, { checks: [passed], dryRun, cost }),
    piece(1, { checks: [worse], dryRun: failed, looks: ['what passed before the change fails after it: Dry run'] }),
    piece(2),
  ]
  show({ pieces, together: { checks: [worse] } })
  const lists = screen.getAllByRole('list', { name: 'Tried out, without reaching anything outside' })
  expect(lists.map((list) => list.textContent)).toEqual([
    'Dry run: passed. Runs to its end; load has a placeholder',
    'Dry run: worse than before. Fails: ask: division by zero',
  ])
  expect(screen.getByText('It was not tried out.')).toBeTruthy()
  expect(screen.getByText('Models cost at most $0.500 a run, as before.')).toBeTruthy()
  const together = screen.getByRole('list', { name: 'All pieces together, tried out' })
  expect(together.textContent).toContain('worse than before')
  expect(button('Accept piece 2: piece 1').disabled).toBe(true)
})

test('a piece that needs a look of its own says why, and cannot be accepted before it had one', () => {
  const pieces = [piece(0, { looks: ['it sends to `evil.test`'] }), piece(1)]
  const { look, accept } = show({ pieces })
  expect(screen.getByText('evil.test')).toBeTruthy()
  expect(button('Accept piece 1: piece 0').disabled).toBe(true)
  fireEvent.click(screen.getByRole('checkbox', { name: /I looked at it/ }))
  expect(look).toHaveBeenCalledWith('exchange_1', 0, true)
  fireEvent.click(button('Accept 1 piece'))
  expect(accept).toHaveBeenCalledWith('exchange_1', [1])
  cleanup()
  show({ pieces }, { looked: [0] })
  expect(button('Accept piece 1: piece 0').disabled).toBe(false)
})

test('a piece that does not fit says why and cannot be decided', () => {
  show({ pieces: [piece(0, { refused: 'there is no stage `x`' })] })
  expect(screen.getByText('It cannot be accepted:', { exact: false })).toBeTruthy()
  expect(screen.queryByRole('button', { name: /^Accept/ })).toBeNull()
})

test('the stages of a piece are marked on the canvas under their old ids, while it has the pointer or the focus', () => {
  const { store } = show({ pieces: [piece(0, { changes: [changed] })] })
  const item = screen.getByRole('listitem', { name: 'Piece 1: piece 0' })
  fireEvent.pointerEnter(item)
  expect(store.getState().pointed).toMatchObject({ draft: { mark: 'changed', word: 'would be changed' } })
  fireEvent.pointerLeave(item)
  expect(store.getState().pointed).toEqual({})
  fireEvent.focus(button('Refuse piece 1: piece 0'))
  expect(Object.keys(store.getState().pointed)).toEqual(['draft'])
  const select = vi.fn<(id: string) => void>()
  store.setState({ select })
  fireEvent.click(within(item).getByRole('button', { name: /ask.*Changed/ }))
  expect(select).toHaveBeenCalledWith('draft')
})

test('after accepting, an untrue claim is struck out and said to be untrue', () => {
  const claims = [
    { text: 'it is retried', isTrue: true },
    { text: 'it has a limit', isTrue: false },
  ]
  const acceptances = [{ pieces: [0], revision: 2, claims }]
  const { undo } = show(
    { pieces: [piece(0, { claims: [{ text: 'it has a limit', isTrue: true }] })] },
    { acceptances },
    2,
  )
  const untrue = screen.getByText('it has a limit')
  expect(untrue.tagName).toBe('S')
  expect(untrue.closest('li')?.textContent).toBe('Not true: it has a limit')
  expect(screen.getByText(/One thing that the model said is not true/)).toBeTruthy()
  fireEvent.click(button('Undo'))
  expect(undo).toHaveBeenCalledWith('exchange_1', 2)
})

test('nothing is undone here once something else was changed', () => {
  const acceptances = [{ pieces: [0], revision: 2, claims: [] }]
  show({ pieces: [piece(0)] }, { acceptances }, 3)
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull()
  expect(screen.getByText('Accepted')).toBeTruthy()
})

test('a failed and a cancelled exchange say so, with what was written', () => {
  show({ state: 'FAILED', problem: 'the answer has no JSON object', text: 'no idea', summary: null })
  expect(screen.getByText('There is no proposal')).toBeTruthy()
  expect(screen.getByText('no idea')).toBeTruthy()
  cleanup()
  show({ state: 'CANCELLED', text: '', summary: null })
  expect(screen.getByText(/Cancelled/)).toBeTruthy()
})

test('an answer that could not be read can be read again', () => {
  const { readAgain } = show({ state: 'WRITING', text: '' }, { unread: true })
  expect(screen.getByText('The answer could not be read.')).toBeTruthy()
  fireEvent.click(button('Try again'))
  expect(readAgain).toHaveBeenCalledWith('exchange_1')
})

test('pieces that the draft had already offer no undo', () => {
  const acceptances = [{ pieces: [0], revision: undefined, claims: [] }]
  show({ pieces: [piece(0)] }, { acceptances }, 2)
  expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull()
  expect(screen.getByText(/was like this already/)).toBeTruthy()
})
