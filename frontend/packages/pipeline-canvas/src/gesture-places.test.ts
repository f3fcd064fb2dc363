import { expect, test } from 'vitest'
import type { Arrangement } from './arrange.ts'
import { frameAt, rectOf, stageAt, stagesIn } from './gesture-places.ts'
import { type CanvasStage, buildGraph } from './model.ts'

const stage = (id: string, parent: string | null = null): CanvasStage => ({
  id,
  component: 'foreach',
  kind: 'CONTROL_FLOW',
  dependsOn: [],
  parent,
  branches: [],
})
const graph = buildGraph([stage('outer'), stage('inner', 'outer'), stage('leaf', 'inner')])
const at: Arrangement = {
  stages: new Map([
    ['outer', { x: 10, y: 10, width: 50, height: 20 }],
    ['inner', { x: 10, y: 60, width: 50, height: 20 }],
    ['leaf', { x: 10, y: 110, width: 50, height: 20 }],
  ]),
  frames: new Map([
    ['outer', { x: 0, y: 0, width: 200, height: 200 }],
    ['inner', { x: 5, y: 50, width: 100, height: 100 }],
  ]),
  routes: new Map(),
  placed: new Set(),
  x: 0,
  y: 0,
  width: 200,
  height: 200,
}

test('a place is in the innermost frame there', () => {
  expect(frameAt(at, graph, { x: 50, y: 70 }, ['x'])).toBe('inner')
  expect(frameAt(at, graph, { x: 150, y: 70 }, ['x'])).toBe('outer')
  expect(frameAt(at, graph, { x: 250, y: 70 }, ['x'])).toBe('')
})

test('no control stage is dropped into itself or into what it runs', () => {
  expect(frameAt(at, graph, { x: 50, y: 70 }, ['inner'])).toBe('outer')
  expect(frameAt(at, graph, { x: 50, y: 70 }, ['outer'])).toBe('')
})

test('a control stage that runs nothing yet takes stages on its card', () => {
  expect(frameAt(at, graph, { x: 20, y: 120 }, ['x'])).toBe('leaf')
  expect(frameAt(at, graph, { x: 20, y: 120 }, ['leaf'])).toBe('inner')
})

test('a frame selects the cards that it touches', () => {
  expect(stagesIn(at, rectOf({ x: 55, y: 25 }, { x: 0, y: 65 }))).toEqual(['outer', 'inner'])
  expect(stagesIn(at, rectOf({ x: 100, y: 0 }, { x: 110, y: 200 }))).toEqual([])
  expect(stageAt(at, { x: 20, y: 120 })).toBe('leaf')
  expect(stageAt(at, { x: 100, y: 120 })).toBeNull()
})
