// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { Client, type ExchangeIO, Provider } from 'urql'
import { map, pipe } from 'wonka'
import { afterEach, expect, test, vi } from 'vitest'
import { RestoreDialog } from './restore-dialog.tsx'

const navigate = vi.fn<(to: object) => void>()
vi.mock('@tanstack/react-router', () => ({ useNavigate: () => navigate }))

afterEach(() => {
  cleanup()
  navigate.mockClear()
})

const theirs = { author: { kind: 'user', name: 'Grace' }, own: false, changes: 2 }
const mine = { author: { kind: 'user', name: 'Ada' }, own: true, changes: 1 }

/** Renders with a server that has these unsaved changes in the draft. */
function show(unsaved: object[]) {
  const sent: unknown[] = []
  const answers = {
    pipeline: { id: 'pipe_1', draft: { revision: 3, unsaved } },
    openDraft: { draft: { revision: 3 } },
    restoreDraft: { draft: { revision: 4 } },
  }
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      map((operation) => {
        if (operation.kind === 'mutation') sent.push((operation.variables as { input: unknown }).input)
        return { operation, data: answers, error: undefined, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  const close = vi.fn<() => void>()
  render(
    <Provider value={client}>
      <TipProvider>
        <RestoreDialog pipelineId="pipe_1" number={2} onClose={close} />
      </TipProvider>
    </Provider>,
  )
  return { sent, close }
}

test('it says whose unsaved changes are replaced, then opens the editor with the text of the version', async () => {
  const { sent, close } = show([mine, theirs])
  expect(await screen.findByText(/Your unsaved changes are replaced: Ada \(1 change\)/)).toBeTruthy()
  expect(screen.getByText(/Grace \(2 changes\)/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Replace all changes' }))
  await waitFor(() => expect(close).toHaveBeenCalledOnce())
  expect(sent[0]).toEqual({ pipelineId: 'pipe_1' })
  expect(sent[1]).toMatchObject({ pipelineId: 'pipe_1', versionNumber: 2 })
  expect(navigate).toHaveBeenCalledExactlyOnceWith({
    to: '/pipelines/$pipelineId',
    params: { pipelineId: 'pipe_1' },
    search: { tab: 'source', edit: true },
  })
})

test('without unsaved changes it says that there are none', async () => {
  show([])
  expect(await screen.findByText('The draft has no unsaved changes.')).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Make it the draft' })).toBeTruthy()
})
