// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Arrangement } from './arrange.ts'
import { type CanvasEdit, createEditStore } from './edit-context.ts'
import { listenForEdits } from './gestures.ts'
import { type CanvasStage, buildGraph } from './model.ts'
import { createViewport } from './viewport.ts'

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'generator',
  kind: 'NODE',
  dependsOn: [],
  branches: [],
  ...more,
})
const graph = buildGraph([
  stage('a'),
  stage('each', { component: 'foreach', kind: 'CONTROL_FLOW' }),
  stage('x', { parent: 'each' }),
])
const card = (x: number, y: number) => ({ x, y, width: 100, height: 50 })
const arrangement: Arrangement = {
  stages: new Map([
    ['a', card(0, 0)],
    ['each', card(210, 10)],
    ['x', card(210, 80)],
  ]),
  frames: new Map([['each', { x: 200, y: 0, width: 200, height: 200 }]]),
  routes: new Map(),
  placed: new Set(),
  x: 0,
  y: 0,
  width: 400,
  height: 200,
}

let pane: HTMLElement
let edit: CanvasEdit
let stop: () => void
const view = vi.fn<(event: Event) => void>()

beforeEach(() => {
  document.body.innerHTML = `<div class="fm-pane">
    <button data-stage="a"></button><span data-handle="out" data-of="a"></span><span data-handle="in" data-of="a"></span>
    <button data-stage="x"></button><button data-note="n"></button></div>`
  pane = document.querySelector('.fm-pane') ?? document.body
  Object.assign(pane, { setPointerCapture: () => {}, releasePointerCapture: () => {}, hasPointerCapture: () => true })
  const Nothing = () => null
  edit = {
    store: createEditStore(),
    parts: { Card: Nothing, Layer: Nothing },
    onPick: vi.fn<CanvasEdit['onPick']>(),
    onPickAll: vi.fn<CanvasEdit['onPickAll']>(),
    onPickEdge: vi.fn<CanvasEdit['onPickEdge']>(),
    onConnect: vi.fn<CanvasEdit['onConnect']>(),
    onWire: vi.fn<CanvasEdit['onWire']>(),
    onMove: vi.fn<CanvasEdit['onMove']>(),
    onPlace: vi.fn<CanvasEdit['onPlace']>(),
    onLaidOut: vi.fn<CanvasEdit['onLaidOut']>(),
    onFold: vi.fn<CanvasEdit['onFold']>(),
    onNote: vi.fn<CanvasEdit['onNote']>(),
    onNoteRemove: vi.fn<CanvasEdit['onNoteRemove']>(),
    onRenameStart: vi.fn<CanvasEdit['onRenameStart']>(),
    onRename: vi.fn<CanvasEdit['onRename']>(),
    onRenameEnd: vi.fn<CanvasEdit['onRenameEnd']>(),
  }
  view.mockClear()
  stop = listenForEdits(pane, createViewport(), arrangement, graph, edit)
  pane.addEventListener('pointerdown', view)
})
afterEach(() => stop())

function drag(selector: string, from: [number, number], to: [number, number], more: PointerEventInit = {}) {
  const target = selector === '' ? pane : document.querySelector(selector)
  const event = (type: string, [clientX, clientY]: [number, number]) =>
    target?.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, clientX, clientY, ...more }))
  event('pointerdown', from)
  event('pointermove', [from[0] + 10, from[1]])
  event('pointermove', to)
  event('pointerup', to)
}

test('a wire to another stage connects them in the direction of the run', () => {
  drag('[data-handle="out"]', [100, 25], [220, 100])
  expect(edit.onConnect).toHaveBeenLastCalledWith('a', 'x')
  drag('[data-handle="in"]', [0, 25], [220, 100])
  expect(edit.onConnect).toHaveBeenLastCalledWith('x', 'a')
  expect(edit.store.getState().gesture).toBeNull()
})

test('a wire to an empty place asks for a new stage, and one back to its own card for nothing', () => {
  drag('[data-handle="out"]', [100, 25], [150, 300])
  expect(edit.onWire).toHaveBeenCalledWith('a', 'out')
  drag('[data-handle="in"]', [0, 25], [50, 25])
  expect(edit.onWire).toHaveBeenCalledTimes(1)
})

test('a card is moved into a frame and out of it, and gets a place in the same one', () => {
  drag('[data-stage="a"]', [50, 25], [300, 180])
  expect(edit.onMove).toHaveBeenLastCalledWith(['a'], 'each', expect.anything())
  drag('[data-stage="x"]', [250, 100], [50, 300])
  expect(edit.onMove).toHaveBeenLastCalledWith(['x'], null, new Map([['x', { x: 10, y: 280 }]]))
  drag('[data-stage="x"]', [250, 100], [300, 180])
  expect(edit.onMove).toHaveBeenCalledTimes(2)
  // Its frame has to stay where it is.
  const places = new Map([
    ['each', { x: 210, y: 10 }],
    ['x', { x: 260, y: 160 }],
  ])
  expect(edit.onPlace).toHaveBeenLastCalledWith(places)
  expect(edit.store.getState().shift).toEqual({ stages: ['x'], dx: 50, dy: 80 })
})

test('several selected stages are moved together', () => {
  edit.store.setState({ picked: new Set(['a', 'x']) })
  drag('[data-stage="a"]', [50, 25], [300, 180])
  expect(edit.onMove).toHaveBeenLastCalledWith(['a', 'x'], 'each', expect.anything())
})

test('a frame is drawn with Shift; without it, and with a finger, the view moves', () => {
  drag('', [-10, -10], [220, 60], { shiftKey: true })
  expect(edit.onPickAll).toHaveBeenCalledWith(['a', 'each'])
  expect(view).not.toHaveBeenCalled()
  drag('', [-10, -10], [220, 60])
  drag('[data-stage="a"]', [50, 25], [300, 180], { pointerType: 'touch' })
  expect(view).toHaveBeenCalledTimes(2)
  expect(edit.onMove).not.toHaveBeenCalled()
})

test('a note is dragged by as much as the pointer moves', () => {
  const note = { id: 'n', text: 'hello', color: 'yellow', x: -300, y: 20, width: 200, height: 50 }
  edit.store.setState({ notes: [note] })
  drag('[data-note="n"]', [-250, 30], [-200, 130])
  expect(edit.onNote).toHaveBeenLastCalledWith('n', { x: -250, y: 120 })
  expect(view).not.toHaveBeenCalled()
})

test('Escape ends what the pointer does without a change', () => {
  const target = document.querySelector('[data-stage="a"]')
  const event = (type: string, clientX: number) =>
    target?.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, clientX, clientY: 25 }))
  event('pointerdown', 50)
  event('pointermove', 300)
  expect(edit.store.getState().gesture).toMatchObject({ kind: 'move', into: 'each' })
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
  expect(edit.store.getState().gesture).toBeNull()
  event('pointerup', 300)
  expect(edit.onMove).not.toHaveBeenCalled()
})
