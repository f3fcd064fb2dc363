import { expect, test } from 'vitest'
import { arrange } from './arrange.ts'
import { rounded } from './lines.ts'
import { type CanvasStage, buildGraph } from './model.ts'
import { isFree } from './overview.tsx'
import { quick } from './quick.ts'
import { curveMeets, keepNeeded } from './route.ts'
import type { ScopeInput } from './scope.ts'
import { current } from './view.tsx'

const box = (id: string) => ({ id, width: 196, height: 54, inY: 27, outY: 27 })
const input: ScopeInput = {
  boxes: ['a', 'b', 'c'].map(box),
  lines: [
    { source: 'a', target: 'b' },
    { source: 'a', target: 'c' },
  ],
  gap: 44,
}
const places = new Map([
  ['a', { x: 0, y: 0 }],
  ['b', { x: 240, y: 0 }],
  ['c', { x: 480, y: 0 }],
])
const around = [
  [210, 27],
  [210, 90],
  [460, 90],
  [460, 27],
] as const

test('only an edge that would cross another stage is routed around it', () => {
  const routes = new Map([
    ['a→b', around],
    ['a→c', around],
  ])
  const needed = (...turned: string[]) => keepNeeded(input, { places, routes, turned: new Set(turned) })
  expect([...needed().keys()]).toEqual(['a→c'])
  expect([...needed('a→b').keys()]).toEqual(['a→b', 'a→c'])
})

test('a curve between two columns crosses what is between them and nothing aside', () => {
  expect(curveMeets([196, 27], [480, 27], 240, 0, 196, 54)).toBe(true)
  expect(curveMeets([196, 27], [480, 27], 240, 120, 196, 54)).toBe(false)
  expect(curveMeets([196, 27], [240, 27], 480, 0, 196, 54)).toBe(false)
})

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'json_transform',
  kind: 'OPERATOR',
  dependsOn: [],
  branches: more.branch ? [more.branch] : [],
  ...more,
})

test('routes inside a frame move with it', async () => {
  const graph = buildGraph([
    stage('try', { component: 'trycatch', kind: 'CONTROL_FLOW' }),
    stage('a', { parent: 'try', branch: 'try' }),
    stage('b', { parent: 'try', branch: 'try', dependsOn: ['a'] }),
    stage('c', { parent: 'try', branch: 'try', dependsOn: ['a', 'b'] }),
  ])
  const lay = async (scope: ScopeInput) => {
    const laid = quick(scope)
    return { ...laid, routes: new Map([['a→c', around]]) }
  }
  const { routes, frames } = await arrange(graph, lay, { width: 5000, height: 2000 })
  const frame = frames.get('try')
  for (const [x, y] of routes.get('a→c') ?? [[-1, -1]]) {
    expect(x).toBeGreaterThan(frame?.x ?? Number.POSITIVE_INFINITY)
    expect(y).toBeGreaterThan(frame?.y ?? Number.POSITIVE_INFINITY)
  }
})

test('a route is drawn through all its bend points', () => {
  expect(
    rounded([
      [0, 0],
      [10, 0],
      [10, 40],
      [30, 40],
    ]),
  ).toMatch(/^M0 0L.*L30 40$/)
})

test('the view follows running stages, else waiting ones', () => {
  const graph = buildGraph([
    stage('a'),
    stage('b'),
    stage('each', { component: 'foreach' }),
    stage('in', { parent: 'each' }),
  ])
  const faces = (of: Record<string, string>) =>
    Object.fromEntries(Object.entries(of).map(([id, status]) => [id, { status }])) as never
  expect(current(faces({ a: 'succeeded', b: 'waiting' }), graph)).toBe('b')
  expect(current(faces({ a: 'running', b: 'waiting' }), graph)).toBe('a')
  expect(current(faces({ each: 'running', in: 'waiting' }), graph)).toBe('in')
  expect(current(faces({ a: 'succeeded' }), graph)).toBe('')
})

test('the overview is shown only where it covers no stage, and only if not everything is in view', () => {
  const place = (x: number, y: number) => ({ x, y, width: 196, height: 54 })
  const at = (...cards: ReturnType<typeof place>[]) =>
    ({
      stages: new Map(cards.map((each, index) => [`s${index}`, each])),
      x: 0,
      y: 0,
      width: 2000,
      height: 400,
    }) as never
  const view = { opened: true, x: 0, y: 0, zoom: 1, width: 900, height: 460 }
  expect(isFree(at(place(0, 0), place(1800, 300)), view)).toBe(true)
  expect(isFree(at(place(0, 0), place(760, 380)), view)).toBe(false)
  expect(isFree(at(place(0, 0)), { ...view, zoom: 0.4 })).toBe(false)
})
