// @vitest-environment happy-dom
import { useState } from 'react'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { Client, type ExchangeIO, Provider } from 'urql'
import { map, pipe } from 'wonka'
import { afterEach, expect, test, vi } from 'vitest'
import { DraftResults } from './results.ts'
import { parts, rowOf, runAfter, stageOf } from './samples.ts'
import { StageResults } from './stage-results.tsx'
import type { Pin, Pins } from './use-results.ts'

vi.mock('../../run/stage-panel.tsx', async () => ({
  StageOutput: (await import('../../run/stage-output.tsx')).StageOutput,
}))
vi.mock('../../api.ts', () => ({ api: {} }))
afterEach(cleanup)

const STAGES = [stageOf('one'), stageOf('two', { dependsOn: ['one'] }), stageOf('three', { dependsOn: ['two'] })]
const pinOf = (output: unknown): Pin => ({
  stage: 'one',
  output,
  pinnedAt: '2026-11-30T10:00:00Z',
  pinnedBy: { kind: 'user', name: 'Grace' },
})

function WithPins({ stage, results, first }: { stage: string; results: DraftResults; first: readonly Pin[] }) {
  const [all, setAll] = useState<ReadonlyMap<string, Pin>>(new Map(first.map((pin) => [pin.stage, pin])))
  const pins: Pins = {
    all,
    stages: new Set(all.keys()),
    put: (pin) => setAll(new Map([[pin.stage, pin]])),
    drop: () => setAll(new Map()),
  }
  return <StageResults pipelineId="pipe_1" stageId={stage} stages={STAGES} results={results} pins={pins} />
}

function show(stage: string, { n = 6, first = [] as readonly Pin[] } = {}) {
  const sent: unknown[] = []
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      map((operation) => {
        const { input } = operation.variables as { input: { output?: unknown } }
        sent.push(input)
        const data = {
          pinStageOutput: { pin: pinOf(input.output ?? { result: 'alpha' }) },
          unpinStageOutput: { stage: 'one' },
        }
        return { operation, data, error: undefined, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  const results = new DraftResults('pipe_1')
  if (n > 0) {
    const live = { run: runAfter(n), texts: {} }
    results.store.setState({ id: 'run_1', row: rowOf(), live, parts })
  }
  render(
    <Provider value={client}>
      <TipProvider>
        <WithPins stage={stage} results={results} first={first} />
      </TipProvider>
    </Provider>,
  )
  return sent
}

test('the output of the stage is shown, pinned and unpinned', async () => {
  const sent = show('one')
  expect(await screen.findByText('"alpha"')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Pin output' }))
  const pinned = await screen.findByRole('button', { name: 'Pinned' })
  expect(screen.getByTestId('pinned-value').textContent).toContain('Pinned by Grace')
  fireEvent.click(pinned)
  await waitFor(() => expect(screen.queryByTestId('pinned-value')).toBeNull())
  expect(sent).toEqual([
    { pipelineId: 'pipe_1', stage: 'one', runId: 'run_1' },
    { pipelineId: 'pipe_1', stage: 'one' },
  ])
})

test('the error of a stage is shown, and there is no output to pin', async () => {
  show('two')
  expect(await screen.findByText('The stage failed')).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Pin output' })).toBeNull()
})

test('a stage that has not begun says what it waits for', async () => {
  show('three', { n: 4 })
  expect(await screen.findByText('It starts when two has finished.')).toBeTruthy()
})

test('an own value is pinned once it is JSON', async () => {
  const sent = show('one', { n: 0, first: [pinOf(1)] })
  fireEvent.click(screen.getByRole('button', { name: 'Change…' }))
  const field = await screen.findByLabelText('Output, as JSON')
  fireEvent.change(field, { target: { value: '{"a": }' } })
  fireEvent.click(screen.getByRole('button', { name: 'Pin it' }))
  expect(await screen.findByText(/This is not JSON\. Line 1, column 7/)).toBeTruthy()
  expect(sent).toEqual([])
  fireEvent.change(field, { target: { value: '{"a": 2}' } })
  fireEvent.click(screen.getByRole('button', { name: 'Pin it' }))
  await waitFor(() => expect(sent).toEqual([{ pipelineId: 'pipe_1', stage: 'one', output: { a: 2 } }]))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('without results and without a pin, nothing is shown', () => {
  show('one', { n: 0 })
  expect(screen.queryByRole('region')).toBeNull()
})
