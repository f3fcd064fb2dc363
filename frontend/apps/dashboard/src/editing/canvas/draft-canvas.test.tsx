// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { CanvasNote, CanvasStage } from '@flowmason/pipeline-canvas'
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

function show(
  outcome: Outcome = { ok: true },
  stages: readonly CanvasStage[] = STAGES,
  notes: readonly CanvasNote[] = NOBODY,
) {
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
        pipelineId="pipe_1"
        session={session}
        people={NOBODY}
        waiting={0}
        stages={stages}
        notes={notes}
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

const MARK = { op: 'setField', path: ['metadata', 'canvas', 'arranged'], value: true }

test('a stage is moved by Alt and the arrow keys, as one change after a pause', async () => {
  const { sent } = show()
  const three = await card('three')
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown']) fireEvent.keyDown(three, { key, altKey: true })
  expect(sent).toEqual([])
  expect(three.parentElement?.style.translate).toBe('40px 20px')
  await waitFor(() => expect(sent).toHaveLength(1), { timeout: 5000 })
  expect(sent[0]).toEqual([expect.objectContaining({ op: 'setField', stage: 'three', path: ['position'] }), MARK])
  // It is laid out where it was moved to, and no longer shifted.
  await waitFor(() => expect(three.parentElement?.style.translate).toBe(''), { timeout: 5000 })
})

test('selected stages are aligned by key, and only several of them', async () => {
  const { sent } = show()
  fireEvent.keyDown(await card('one'), { key: 'L', shiftKey: true })
  expect(screen.getByRole('alert').textContent).toContain('at least two stages')
  fireEvent.keyDown(await card('three'), { key: 'Enter', shiftKey: true })
  fireEvent.keyDown(await card('three'), { key: 'L', shiftKey: true })
  expect(sent[0]?.map((edit) => ('stage' in edit ? edit.stage : undefined))).toEqual(['one', 'three', undefined])
})

test('a group is folded and unfolded by key, and what is selected is shown', async () => {
  localStorage.clear()
  const each: CanvasStage = { ...stage('each'), component: 'foreach', kind: 'CONTROL_FLOW' }
  show({ ok: true }, [
    each,
    { ...stage('inner'), parent: 'each', branch: 'loop', branches: ['loop'] },
    stage('end', ['inner']),
  ])
  fireEvent.keyDown(await card('inner'), { key: 'f' })
  await waitFor(() => expect(document.querySelector('[data-stage="inner"]')).toBeNull())
  await waitFor(() =>
    expect(document.querySelector('[aria-label="Unfold each, 1 inside"]')?.textContent).toBe('1 inside'),
  )
  expect((await card('each')).getAttribute('aria-pressed')).toBe('true')
  expect(localStorage.getItem('flowmason.folds.pipe_1')).toBe('["each"]')
  fireEvent.keyDown(await card('each'), { key: 'F', shiftKey: true })
  expect(await card('inner')).toBeTruthy()
  expect(localStorage.getItem('flowmason.folds.pipe_1')).toBeNull()
})

/** Before the first view is set, the canvas is hidden, and nothing on it has a name. */
const noteWith = (text: string) =>
  [...document.querySelectorAll('[data-note]')].find((note) => note.textContent === `Note: ${text}`)

test('a note is written, moved, colored and removed by key', async () => {
  const saved: CanvasNote = { id: 'n1', text: 'Old', color: 'yellow', x: 0, y: 0, width: 232, height: 58 }
  const { sent } = show({ ok: true }, STAGES, [saved])
  fireEvent.keyDown(await card('one'), { key: 'n' })
  const field = await screen.findByLabelText('Text of the note')
  fireEvent.change(field, { target: { value: 'New' } })
  fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true })
  expect(sent[0]).toEqual([
    expect.objectContaining({ op: 'setField', value: expect.objectContaining({ text: 'New' }) }),
  ])
  await waitFor(() => expect(noteWith('New')).toBeTruthy())

  const note = noteWith('Old') ?? document.body
  const path = ['metadata', 'canvas', 'notes', 'n1']
  fireEvent.keyDown(note, { key: 'ArrowRight', altKey: true })
  expect(sent[1]).toContainEqual({ op: 'setField', path: [...path, 'x'], value: 20 })
  fireEvent.keyDown(note, { key: '4' })
  expect(sent[2]).toEqual([{ op: 'setField', path: [...path, 'color'], value: 'blue' }])
  fireEvent.keyDown(note, { key: 'Delete' })
  expect(sent[3]).toEqual([{ op: 'unsetField', path }])
  await waitFor(() => expect(noteWith('Old')).toBeUndefined())
})
