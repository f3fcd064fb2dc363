// @vitest-environment happy-dom
import { type CanvasStage, buildGraph, createEditStore } from '@flowmason/pipeline-canvas'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Edit, Outcome } from '../edits.ts'
import type { DraftSession } from '../session.ts'
import { Arranging } from './arranging.ts'

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'generator',
  kind: 'NODE',
  dependsOn: [],
  branches: [],
  ...more,
})
const MARK: Edit = { op: 'setField', path: ['metadata', 'canvas', 'arranged'], value: true }
const position = (id: string, x: number, y: number): Edit => ({
  op: 'setField',
  stage: id,
  path: ['position'],
  value: { x, y },
})

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function opened(stages: readonly CanvasStage[], file: object, answers: Outcome[] = []) {
  const sent: (readonly Edit[])[] = []
  const said: string[] = []
  const edit = createEditStore()
  const session = {
    edit: (edits: readonly Edit[]) => {
      sent.push(edits)
      return Promise.resolve(answers.shift() ?? { ok: true })
    },
    state: () => ({ sync: { doc: JSON.stringify(file) } }),
  } as unknown as DraftSession
  const arranging = new Arranging({ session, edit, say: (message) => said.push(message) })
  arranging.update(stages)
  const graph = buildGraph(stages)
  const cards = new Map(stages.map(({ id }, index) => [id, { x: index * 300, y: 0, width: 196, height: 54 }]))
  const placed = new Set(stages.flatMap(({ id, position: at }) => (at ? [id] : [])))
  const all = { x: 0, y: 0, width: 900, height: 54 }
  const viewport = { store: { getState: () => ({ x: 0, y: 0, zoom: 1, width: 800, height: 400 }) } }
  arranging.laidOut({ stages: cards, frames: new Map(), routes: new Map(), placed, ...all }, graph, viewport as never)
  const shown = () => arranging.shown(stages, arranging.ahead.getState().list).map(({ position: at }) => at ?? null)
  return { arranging, edit, sent, said, shown }
}

test('steps by key are shown at once and saved as one change after a pause', async () => {
  const { arranging, edit, sent, shown } = opened([stage('a'), stage('b')], {})
  arranging.nudge(['b'], 20, 0)
  arranging.nudge(['b'], 0, -20)
  expect(edit.getState().shift).toEqual({ stages: ['b'], dx: 20, dy: -20 })
  expect(sent).toEqual([])
  await vi.advanceTimersByTimeAsync(500)
  expect(sent).toEqual([[position('b', 320, -20), MARK]])
  // It stays there until the stages are read again.
  expect(shown()).toEqual([null, { x: 320, y: -20 }])
  arranging.update([stage('a'), stage('b', { position: { x: 320, y: -20 } })])
  expect(arranging.ahead.getState().list).toEqual([])
})

test('another stage that is moved by key saves the one before', async () => {
  const { arranging, sent } = opened([stage('a'), stage('b')], { metadata: { canvas: { arranged: true } } })
  arranging.nudge(['a'], 20, 0)
  arranging.nudge(['b'], 20, 0)
  expect(sent).toEqual([[position('a', 20, 0)]])
  arranging.flush()
  expect(sent).toHaveLength(2)
})

test('a step right after one that is saved goes on from there, laid out or not', async () => {
  const { arranging, sent } = opened([stage('a')], { metadata: { canvas: { arranged: true } } })
  arranging.nudge(['a'], 20, 0)
  await vi.advanceTimersByTimeAsync(500)
  arranging.nudge(['a'], 20, 0)
  await vi.advanceTimersByTimeAsync(500)
  expect(sent).toEqual([[position('a', 20, 0)], [position('a', 40, 0)]])
})

test('positions of another program that did not count are removed with the first that do', async () => {
  const file = {
    stages: [
      { id: 'each', position: { x: 0, y: 0 } },
      { id: 'x', position: { x: 9, y: 9 } },
    ],
  }
  const { arranging, sent } = opened([stage('each', { component: 'foreach' }), stage('x', { parent: 'each' })], file)
  await arranging.place(new Map([['each', { x: 5, y: 6 }]]))
  expect(sent).toEqual([[position('each', 5, 6), { op: 'unsetField', stage: 'x', path: ['position'] }, MARK]])
})

test('what a folded control stage hides moves with it', async () => {
  const stages = [
    stage('each', { component: 'foreach', position: { x: 0, y: 0 } }),
    stage('x', { parent: 'each', position: { x: 20, y: 140 } }),
    stage('y', { parent: 'each' }),
  ]
  const { arranging, edit, sent } = opened(stages, { metadata: { canvas: { arranged: true } } })
  edit.setState({ folds: { each: { folded: true, inside: 2 } } })
  await arranging.place(new Map([['each', { x: 100, y: 10 }]]))
  expect(sent).toEqual([[position('each', 100, 10), position('x', 120, 150)]])
})

test('tidying up removes positions, and the mark with the last of them', () => {
  const stages = [stage('a', { position: { x: 0, y: 0 } }), stage('b', { position: { x: 300, y: 0 } })]
  const file = { metadata: { author: 'Ada', canvas: { arranged: true } } }
  const { arranging, sent, said } = opened(stages, file)
  const gone = (id: string): Edit => ({ op: 'unsetField', stage: id, path: ['position'] })
  arranging.tidy(['a'])
  expect(sent).toEqual([[gone('a')]])
  arranging.tidy([])
  expect(sent[1]).toEqual([gone('a'), gone('b'), { op: 'unsetField', path: ['metadata', 'canvas'] }])
  expect(said).toEqual([])
})

test('where two put the same card elsewhere, the later one stays', async () => {
  const met = { message: 'Both moved it.', mine: null, theirs: null }
  const { arranging, sent, said } = opened([stage('a')], {}, [
    { ok: false, message: 'Not moved.', meetings: [met] },
    { ok: true },
  ])
  await arranging.place(new Map([['a', { x: 50, y: 0 }]]))
  expect(sent).toHaveLength(2)
  expect(said).toEqual([])
})

test('what is refused goes back to where it was, with the reason', async () => {
  const { arranging, edit, said, shown } = opened([stage('a')], {}, [{ ok: false, message: 'The draft is too large.' }])
  edit.setState({ shift: { stages: ['a'], dx: 50, dy: 0 } })
  await arranging.place(new Map([['a', { x: 50, y: 0 }]]))
  expect(said).toEqual(['The draft is too large.'])
  expect(edit.getState().shift).toBeNull()
  expect(shown()).toEqual([null])
})

test('a card that lands where it was is no change', async () => {
  const { arranging, edit, sent } = opened([stage('a', { position: { x: 0, y: 0 } })], {})
  edit.setState({ shift: { stages: ['a'], dx: 5, dy: 0 } })
  await arranging.place(new Map([['a', { x: 0, y: 0 }]]))
  expect(sent).toEqual([])
  expect(edit.getState().shift).toBeNull()
})

test('one stage cannot be aligned, and it is said why', () => {
  const { arranging, said, sent } = opened([stage('a'), stage('b')], {})
  arranging.align(['a'], 'left')
  expect(said).toHaveLength(1)
  arranging.align(['a', 'b'], 'left')
  expect(sent).toEqual([[position('a', 0, 0), position('b', 0, 66), MARK]])
})
