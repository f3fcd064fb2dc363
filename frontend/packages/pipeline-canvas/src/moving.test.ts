import { expect, test } from 'vitest'
import { arrange } from './arrange.ts'
import { type CanvasStage, buildGraph } from './model.ts'
import { aligned, alignments, movedBy, tidied } from './moving.ts'
import { quick } from './quick.ts'

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'json_transform',
  kind: 'OPERATOR',
  dependsOn: [],
  branches: more.branch ? [more.branch] : [],
  ...more,
})

async function laid(list: readonly CanvasStage[]) {
  const graph = buildGraph(list)
  return { graph, at: await arrange(graph, async (input) => quick(input)) }
}
const at = (x: number, y: number) => ({ position: { x, y } })

test('a card that is moved gets a position, and no other card does', async () => {
  const { graph, at: shown } = await laid([stage('a'), stage('b', { dependsOn: ['a'] })])
  expect(movedBy(shown, graph, ['a'], [30.4, -12.6])).toEqual(new Map([['a', { x: 30, y: -13 }]]))
})

test('a control stage brings along what was placed in its frame', async () => {
  const { graph, at: shown } = await laid([
    stage('each', { component: 'foreach', kind: 'CONTROL_FLOW', ...at(0, 0) }),
    stage('x', { parent: 'each', branch: 'loop', ...at(20, 140) }),
    stage('y', { parent: 'each', branch: 'loop' }),
  ])
  // It is moved once, although it is selected together with its control stage.
  expect(movedBy(shown, graph, ['each', 'x'], [100, 10])).toEqual(
    new Map([
      ['each', { x: 100, y: 10 }],
      ['x', { x: 120, y: 150 }],
    ]),
  )
})

test('a card that is put onto a placed one lands beside it', async () => {
  const { graph, at: shown } = await laid([stage('a', at(0, 0)), stage('b', at(600, 0)), stage('c')])
  const places = movedBy(shown, graph, ['a'], [590, 20])
  expect(places.get('a')).toEqual({ x: 590, y: 54 + 12 })
})

test('positions that did not count are removed by the first that do', async () => {
  const { graph, at: shown } = await laid([stage('a', at(0, 0)), stage('b', at(20, 10)), stage('c', at(30, 15))])
  expect(shown.placed).toBeUndefined()
  const places = movedBy(shown, graph, ['a'], [0, 300])
  expect(places.get('a')?.y).toBeGreaterThan(200)
  expect([places.get('b'), places.get('c')]).toEqual([null, null])
})

const three = [stage('a', at(0, 0)), stage('b', at(300, 200)), stage('c', at(900, 500))]

test('stages are aligned left, at their centers and at the top, without covering each other', async () => {
  const { graph, at: shown } = await laid(three)
  const xs = (how: (typeof alignments)[number]) => [...(aligned(shown, graph, ['a', 'b', 'c'], how) ?? []).values()]
  expect(xs('left').map((each) => each?.x)).toEqual([0, 0, 0])
  expect(xs('left').map((each) => each?.y)).toEqual([0, 200, 500])
  expect(xs('center').map((each) => each?.x)).toEqual([450, 450, 450])
  expect(xs('top').map((each) => each?.y)).toEqual([0, 0, 0])
  const row = [stage('a', at(0, 0)), stage('b', at(300, 10))]
  const narrow = await laid(row)
  expect(aligned(narrow.at, narrow.graph, ['a', 'b'], 'left')).toEqual(
    new Map([
      ['a', { x: 0, y: 0 }],
      ['b', { x: 0, y: 54 + 12 }],
    ]),
  )
})

test('distributed stages have the same distance from each other, and the outer ones stay', async () => {
  const { graph, at: shown } = await laid(three)
  const places = aligned(shown, graph, ['c', 'a', 'b'], 'across')
  expect([places?.get('a')?.x, places?.get('b')?.x, places?.get('c')?.x]).toEqual([0, 450, 900])
  expect(places?.get('b')?.y).toBe(200)
})

test('one stage, and stages of different frames, cannot be aligned', async () => {
  const { graph, at: shown } = await laid([
    stage('each', { component: 'foreach', kind: 'CONTROL_FLOW' }),
    stage('x', { parent: 'each', branch: 'loop' }),
    stage('z'),
  ])
  expect(aligned(shown, graph, ['z'], 'left')).toBeUndefined()
  expect(aligned(shown, graph, ['x', 'z'], 'left')).toBeUndefined()
})

test('tidying up gives up the positions of the selected stages, and all without a selection', () => {
  const graph = buildGraph([...three, stage('d')])
  expect([...tidied(graph, ['b', 'd'])]).toEqual([['b', null]])
  expect([...tidied(graph, []).keys()]).toEqual(['a', 'b', 'c'])
})
