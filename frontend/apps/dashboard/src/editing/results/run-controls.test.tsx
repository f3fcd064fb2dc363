// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { CombinedError } from 'urql'
import { Client, type ExchangeIO, Provider } from 'urql'
import { map, pipe } from 'wonka'
import { GraphQLError } from 'graphql'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DraftSession, Shown } from '../session.ts'
import { type SyncEvent, startOf } from '../sync.ts'
import { DraftResults, type ResultsLink } from './results.ts'
import { RunControls } from './run-controls.tsx'
import { parts, rowOf, runAfter, stageOf } from './samples.ts'
import type { Extent } from './start.ts'

/** What the server knows of earlier runs and of the draft. */
const known = vi.hoisted(() => ({
  runs: [] as { id: string; status: string }[],
  input: { q: 'last' } as unknown,
  problems: [] as object[],
}))
vi.mock('../../api.ts', () => ({
  api: {
    plain: {
      query: () => ({
        toPromise: () =>
          Promise.resolve({
            data: {
              pipeline: { draft: { runs: known.runs, problems: known.problems } },
              runs: { edges: [] },
              run: { id: 'run_1', input: known.input, inputValue: { truncated: false } },
            },
          }),
      }),
    },
  },
}))

const source = JSON.stringify({
  input_schema: { properties: { q: { type: 'string' } } },
  sample_input: { q: 'sample' },
})
const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
const shown: Shown = {
  sync: startOf({ revision: 7, text: source, about }),
  people: [],
  changedBy: undefined,
  cutOff: false,
}
const STAGES = [stageOf('one'), stageOf('two')]
const none = { all: new Map(), stages: new Set<string>(), put: () => {}, drop: () => {} }
const link: ResultsLink = { read: () => Promise.resolve({ data: rowOf() }), follow: () => () => {} }

interface Asked {
  idempotencyKey: string
  [field: string]: unknown
}

/** Renders the buttons with a server that answers with these, one after the other, then starts `run_9`. */
function show({ mayRun = true, answers = [] as GraphQLError[] } = {}) {
  const sent: Asked[] = []
  const happened: SyncEvent[] = []
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      map((operation) => {
        sent.push((operation.variables as { input: Asked }).input)
        const refused = answers.shift()
        const error = refused && new CombinedError({ graphQLErrors: [refused] })
        const data = refused ? undefined : { runDraft: { run: { id: 'run_9' } } }
        return { operation, data, error, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  const session = {
    state: () => shown,
    flush: () => {},
    subscribe: () => () => {},
    happen: (event: SyncEvent) => happened.push(event),
  } as unknown as DraftSession
  const results = new DraftResults('pipe_1', link, () => Promise.resolve(parts))
  const onLeft = vi.fn<() => void>()
  let run: (extent: Extent) => void = () => {}
  render(
    <Provider value={client}>
      <TipProvider>
        <div data-pane="form">
          <input aria-label="Prompt" onBlur={onLeft} />
        </div>
        <RunControls
          session={session}
          pipelineId="pipe_1"
          results={results}
          pins={none}
          stage="two"
          stages={STAGES}
          problems={[]}
          mayRun={mayRun}
          onJump={() => {}}
          onReady={(given) => {
            run = given
            return () => {}
          }}
        />
      </TipProvider>
    </Provider>,
  )
  return { sent, results, happened, onLeft, run: (extent: Extent) => act(() => run(extent)) }
}

const refusal = (code: string) => new GraphQLError('Not now', { extensions: { code } })

beforeEach(() => {
  sessionStorage.clear()
  known.runs = []
  known.problems = []
})
afterEach(cleanup)

test('the draft is run with the input of the form, and the results of the run are shown', async () => {
  const { sent, results } = show()
  fireEvent.click(screen.getByRole('button', { name: /^Run the draft/ }))
  fireEvent.change(await screen.findByLabelText('q'), { target: { value: 'typed' } })
  fireEvent.click(screen.getByRole('button', { name: 'Start the run' }))
  await waitFor(() => expect(results.store.getState().id).toBe('run_9'))
  expect(sent).toMatchObject([{ pipelineId: 'pipe_1', revision: 7, input: { q: 'typed' }, reuseFrom: null }])
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('only one stage is run at once, with the input and the results of the last run', async () => {
  known.runs = [
    { id: 'run_2', status: 'RUNNING' },
    { id: 'run_1', status: 'FAILED' },
  ]
  const { sent, run } = show()
  run({ kind: 'only', stage: 'two' })
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]).toMatchObject({ only: 'two', input: { q: 'last' }, reuseFrom: 'run_1' })
  expect(screen.queryByRole('dialog')).toBeNull()
})

test('the results that are shown are taken over, but not those of another environment', async () => {
  known.runs = [{ id: 'run_1', status: 'FAILED' }]
  const { sent, results, run } = show()
  const live = { run: runAfter(6), texts: {} }
  results.store.setState({ id: 'run_5', row: rowOf({ id: 'run_5' }), live, parts })
  run({ kind: 'from', stage: 'two' })
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]).toMatchObject({ from: 'two', reuseFrom: 'run_5' })
  results.store.setState({ id: 'run_6', row: rowOf({ id: 'run_6', environment: 'PRODUCTION' }), live, parts })
  run({ kind: 'from', stage: 'two' })
  await waitFor(() => expect(sent).toHaveLength(2))
  expect(sent[1]).toMatchObject({ reuseFrom: 'run_1' })
})

test('without an earlier run, it says what is to be done first', async () => {
  const { sent, run } = show()
  run({ kind: 'only', stage: 'two' })
  expect(await screen.findByText(/Run the draft first/)).toBeTruthy()
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Start the run' }).disabled).toBe(true)
  expect(sent).toEqual([])
})

test('a draft with errors is refused with all of them', async () => {
  const problem = { code: 'CYCLE', message: 'Both wait', suggestion: null, path: '', line: 3, column: 1, stage: 'two' }
  known.problems = [
    { ...problem, severity: 'ERROR' },
    { ...problem, severity: 'WARNING', message: 'A warning', line: 4 },
  ]
  const { run } = show({ answers: [refusal('INVALID_INPUT')] })
  run({ kind: 'whole' })
  await screen.findByLabelText('q')
  fireEvent.click(screen.getByRole('button', { name: 'Start the run' }))
  expect(await screen.findByText('The run was not started')).toBeTruthy()
  expect(screen.getByText('Both wait')).toBeTruthy()
  expect(screen.queryByText('A warning')).toBeNull()
})

test('a draft that was changed meanwhile is read again, and started again by a person', async () => {
  const { sent, happened, run } = show({ answers: [refusal('PRECONDITION_FAILED')] })
  run({ kind: 'whole' })
  await screen.findByLabelText('q')
  fireEvent.click(screen.getByRole('button', { name: 'Start the run' }))
  expect(await screen.findByText(/Somebody has changed the draft just now/)).toBeTruthy()
  expect(happened).toEqual([{ type: 'outdated' }])
  fireEvent.click(screen.getByRole('button', { name: 'Start the run' }))
  await waitFor(() => expect(sent).toHaveLength(2))
  expect(sent[0]?.idempotencyKey).not.toBe(sent[1]?.idempotencyKey)
})

test('after a lost answer, the same request has the same key', async () => {
  const { sent, run } = show({ answers: [refusal('UNAVAILABLE')] })
  run({ kind: 'whole' })
  await screen.findByLabelText('q')
  fireEvent.click(screen.getByRole('button', { name: 'Start the run' }))
  expect(await screen.findByText('The run was not started')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Start the run' }))
  await waitFor(() => expect(sent).toHaveLength(2))
  expect(sent[0]?.idempotencyKey).toBe(sent[1]?.idempotencyKey)
})

test('whoever may not start runs has no button for it, and the keys do nothing', () => {
  const { run } = show({ mayRun: false })
  expect(screen.queryByRole('button', { name: /^Run the draft/ })).toBeNull()
  expect(screen.getByRole('button', { name: 'Runs and results' })).toBeTruthy()
  run({ kind: 'whole' })
  expect(screen.queryByRole('dialog')).toBeNull()
})

test('Ctrl Enter in the form leaves the field, so that what is typed is part of it, and runs the stage', async () => {
  known.runs = [{ id: 'run_1', status: 'SUCCEEDED' }]
  const { sent, onLeft } = show()
  const field = screen.getByLabelText('Prompt')
  field.focus()
  fireEvent.keyDown(field, { key: 'Enter' })
  expect(onLeft).not.toHaveBeenCalled()
  fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true })
  expect(onLeft).toHaveBeenCalledTimes(1)
  expect(document.activeElement).toBe(field)
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]).toMatchObject({ only: 'two' })
})
