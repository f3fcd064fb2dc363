// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Edit, Outcome } from '../editing/edits.ts'
import type { DraftSession } from '../editing/session.ts'
import { startOf } from '../editing/sync.ts'
import { CopilotPanel } from './copilot-panel.tsx'
import { createCopilotStore } from './copilot-store.ts'

/** What the server says. */
const given: { settings: object | undefined; advice: object } = { settings: undefined, advice: {} }

vi.mock('@tanstack/react-router', () => ({
  Link: ({ children }: { children: ReactNode }) => <a href="/settings">{children}</a>,
}))
vi.mock('../shell/shell.tsx', () => ({ useMay: () => true }))
vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: () => ({ data: { runs: { edges: [] } }, problem: undefined, fetching: false, refetch: () => {} }),
}))
vi.mock('../api.ts', () => ({
  api: {
    plain: {
      query: (_: unknown, variables: { id?: string }) => ({
        toPromise: () =>
          variables.id === undefined
            ? Promise.resolve(
                given.settings
                  ? { data: { copilotSettings: given.settings } }
                  : { error: { graphQLErrors: [], networkError: new Error('offline') } },
              )
            : Promise.resolve({ data: { pipeline: { id: 'pipe_1', draft: given.advice } } }),
      }),
    },
    client: { query: () => ({ toPromise: () => Promise.resolve({}) }) },
    socket: {},
  },
}))

const on = { enabled: true, provider: null, model: null, dailyBudgetUsd: null, providers: ['scripted'] }
const finding = {
  rule: 'missing_retry',
  severity: 'SUGGESTION',
  message: '`ask` is not repeated',
  stage: 'ask',
  edits: [{ op: 'setField', stage: 'ask', path: ['retry_config'], value: { max_retries: 2 } }],
}

function show(outcome: Outcome | null = { ok: true }) {
  const sent: (readonly Edit[])[] = []
  const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
  const state = { sync: startOf({ revision: 3, text: '{}', about }), people: [], changedBy: undefined, cutOff: false }
  const session = outcome && {
    state: () => state,
    subscribe: () => () => {},
    edit: (edits: readonly Edit[]) => {
      sent.push(edits)
      return Promise.resolve(outcome)
    },
  }
  const store = createCopilotStore()
  const select = vi.fn<(stage: string) => void>()
  store.setState({ select })
  render(
    <TipProvider>
      <CopilotPanel
        pipelineId="pipe_1"
        userId="user_1"
        session={(session ?? undefined) as unknown as DraftSession | undefined}
        revision={3}
        store={store}
        shown
        onClose={() => {}}
      />
    </TipProvider>,
  )
  return { sent, select }
}

beforeEach(() => {
  Element.prototype.scrollIntoView = () => {}
  sessionStorage.clear()
  given.settings = on
  given.advice = { revision: 3, explanation: 'It asks `ask`.', advice: [finding] }
})
afterEach(cleanup)

test('with a model there is a request to write, and nothing is sent without words', async () => {
  show()
  expect(await screen.findByText('Nothing has been asked yet')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: /^Ask/ }))
  expect(await screen.findByText('Say what you want first.')).toBeTruthy()
  fireEvent.change(screen.getByLabelText('Task'), { target: { value: 'DEBUG' } })
  expect(screen.getByText('No run of this pipeline has failed.')).toBeTruthy()
})

test('what was typed stays while the findings are looked at', async () => {
  show()
  fireEvent.change(await screen.findByLabelText('Request'), { target: { value: 'retry it' } })
  fireEvent.click(screen.getByRole('tab', { name: /Findings/ }))
  expect(await screen.findByText('What could be better')).toBeTruthy()
  fireEvent.click(screen.getByRole('tab', { name: 'Ask' }))
  expect(screen.getByLabelText<HTMLTextAreaElement>('Request').value).toBe('retry it')
})

test('without a model, it says how one is set up, and shows the explanation and the findings', async () => {
  given.settings = { ...on, enabled: false, providers: [] }
  const { sent, select } = show()
  expect(await screen.findByText('No model is set up')).toBeTruthy()
  expect(await screen.findByText('What the pipeline does')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Select ask' }))
  expect(select).toHaveBeenCalledWith('ask')
  fireEvent.click(screen.getByRole('button', { name: 'Fix missing_retry of ask' }))
  expect(sent).toEqual([finding.edits])
  expect(await screen.findByText('Fixed. Undo takes it back.')).toBeTruthy()
})

test('a fix that the server refuses says why', async () => {
  given.settings = { ...on, enabled: false, providers: ['openai'] }
  show({ ok: false, message: 'There is no stage `ask`.' })
  expect(await screen.findByText('The co-pilot is turned off')).toBeTruthy()
  fireEvent.click(await screen.findByRole('button', { name: 'Fix missing_retry of ask' }))
  expect((await screen.findByRole('alert')).textContent).toBe('Not fixed: There is no stage ask.')
})

test('who may only read the draft cannot ask and cannot fix', async () => {
  show(null)
  expect(await screen.findByText(/You may read this draft and not change it/)).toBeTruthy()
  expect(await screen.findByText('What could be better')).toBeTruthy()
  expect(screen.queryByRole('button', { name: /^Fix/ })).toBeNull()
  expect(screen.queryByLabelText('Request')).toBeNull()
})

test('without the server, it says so', async () => {
  given.settings = undefined
  show()
  expect(await screen.findByText(/The server is unreachable/)).toBeTruthy()
})
