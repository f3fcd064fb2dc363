// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { TipProvider } from '@flowmason/ui'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Edit, Outcome } from '../edits.ts'
import { DraftResults } from '../results/results.ts'
import type { Extent } from '../results/start.ts'
import type { DraftSession } from '../session.ts'
import { DraftCanvas } from './draft-canvas.tsx'

const stage = (id: string, dependsOn: string[] = []): CanvasStage => ({
  id,
  component: 'generator',
  kind: 'NODE',
  dependsOn,
  branches: [],
})
const STAGES = [stage('one'), stage('two', ['one']), stage('three')]
const doc = JSON.stringify({ stages: STAGES.map(({ id }) => ({ id })) })
const NOBODY: never[] = []
const NO_PINS: ReadonlySet<string> = new Set()

function show(outcome: Outcome = { ok: true }) {
  const sent: (readonly Edit[])[] = []
  const chosen: (string | null)[] = []
  const session = {
    edit: (edits: readonly Edit[]) => {
      sent.push(edits)
      return Promise.resolve(outcome)
    },
    state: () => ({ sync: { doc } }),
  } as unknown as DraftSession
  const results = new DraftResults('pipe_1')
  const onRun = vi.fn<(extent: Extent) => void>()
  const onStep = vi.fn<(step: 'undo' | 'redo') => void>()
  render(
    <TipProvider>
      <DraftCanvas
        session={session}
        people={NOBODY}
        waiting={0}
        stages={STAGES}
        problems={NOBODY}
        stage={null}
        onStage={(id) => chosen.push(id)}
        onStep={onStep}
        onSave={() => {}}
        onRun={onRun}
        results={results}
        pins={NO_PINS}
      />
    </TipProvider>,
  )
  return { sent, chosen, onStep, onRun }
}

const card = (id: string) =>
  waitFor(() => {
    const found = document.querySelector<HTMLElement>(`[data-stage="${id}"]`)
    if (!found) throw new Error(`no card ${id}`)
    return found
  })

beforeEach(() => {
  // The layout runs without a worker here.
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  Element.prototype.scrollIntoView = () => {}
})
afterEach(cleanup)

test('the stage with the focus is connected by C and a choice', async () => {
  const { sent, chosen } = show()
  fireEvent.keyDown(await card('three'), { key: 'c' })
  expect(chosen).toEqual(['three'])
  const option = await screen.findByRole('option', { name: /two/ })
  fireEvent.click(option)
  expect(sent).toEqual([[{ op: 'connect', stage: 'two', on: 'three' }]])
})

test('a stage is renamed by F2, and a refusal is said at the field', async () => {
  const { sent } = show({ ok: false, message: 'The id is taken.' })
  fireEvent.keyDown(await card('one'), { key: 'F2' })
  const field = await screen.findByLabelText('New id of one')
  fireEvent.change(field, { target: { value: 'two' } })
  fireEvent.keyDown(field, { key: 'Enter' })
  expect(sent).toEqual([[{ op: 'renameStage', stage: 'one', to: 'two' }]])
  expect((await screen.findByRole('alert', { hidden: true })).textContent).toContain('The id is taken.')
  fireEvent.keyDown(field, { key: 'Escape' })
  expect(screen.queryByLabelText('New id of one')).toBeNull()
})

test('several stages are selected with Shift and removed together', async () => {
  const { sent } = show()
  fireEvent.click(await card('one'))
  fireEvent.keyDown(await card('three'), { key: 'Enter', shiftKey: true })
  fireEvent.keyDown(await card('three'), { key: 'Delete' })
  expect(sent).toEqual([
    [
      { op: 'removeStage', stage: 'one' },
      { op: 'removeStage', stage: 'three' },
    ],
  ])
})

test('undoing on the canvas is that of the draft', async () => {
  const { onStep, chosen } = show()
  fireEvent.keyDown(await card('one'), { key: 'z', ctrlKey: true })
  expect(onStep).toHaveBeenCalledWith('undo')
  expect(chosen).toEqual([])
})

test('Shift R runs the draft, and Ctrl Enter the stage with the focus', async () => {
  const { onRun, chosen } = show()
  fireEvent.keyDown(await card('one'), { key: 'R', shiftKey: true })
  expect(onRun).toHaveBeenLastCalledWith({ kind: 'whole' })
  expect(chosen).toEqual([])
  fireEvent.keyDown(await card('two'), { key: 'Enter', ctrlKey: true })
  expect(onRun).toHaveBeenLastCalledWith({ kind: 'only', stage: 'two' })
  expect(chosen).toEqual(['two'])
})
