import { expect, test } from 'vitest'
import { type Arrangement, DESK, STAGE_H, STAGE_W } from './arrange.ts'
import { type CanvasStage, buildGraph } from './model.ts'
import { nearest } from './nearest.ts'
import { arrangeQuick } from './quick.ts'

const stage = (id: string, dependsOn: string[] = []): CanvasStage => ({
  id,
  component: 'json_transform',
  kind: 'OPERATOR',
  dependsOn,
  branches: [],
})
const chain = (length: number) => Array.from({ length }, (_, at) => stage(`s${at}`, at === 0 ? [] : [`s${at - 1}`]))
const fit = ({ width, height }: Arrangement) => Math.min(DESK.width / width, DESK.height / height)

test('a long chain is folded into readable lines', () => {
  const folded = arrangeQuick(buildGraph(chain(12)))
  expect(fit(folded)).toBeGreaterThan(0.8)
  const [first, second] = [folded.stages.get('s0'), folded.stages.get('s11')]
  expect(second?.y).toBeGreaterThan((first?.y ?? 0) + STAGE_H)
  const all = [...folded.stages.values()]
  for (const [index, a] of all.entries())
    for (const b of all.slice(index + 1))
      expect(Math.abs(a.x - b.x) >= STAGE_W || Math.abs(a.y - b.y) >= STAGE_H).toBe(true)
})

test('the edge to the next line runs between the lines', () => {
  const { stages, routes } = arrangeQuick(buildGraph(chain(12)))
  expect(routes.size).toBeGreaterThan(0)
  for (const [edge, route] of routes) {
    const [source, target] = edge.split('→').map((id) => stages.get(id))
    for (const [, y] of route.slice(1, -1)) {
      expect(y).toBeGreaterThan((source?.y ?? 0) + STAGE_H)
      expect(y).toBeLessThan(target?.y ?? 0)
    }
  }
})

test('a chain that is readable without folding, and a wide graph, are not folded', () => {
  expect(arrangeQuick(buildGraph(chain(4))).routes.size).toBe(0)
  const lanes = Array.from({ length: 60 }, (_, at) => stage(`s${at}`, at < 6 ? [] : [`s${at - 6}`]))
  expect(arrangeQuick(buildGraph(lanes)).routes.size).toBe(0)
})

test('an edge over two folds goes along the margin, left of every stage', () => {
  const stages = chain(20)
  stages[19] = stage('s19', ['s18', 's0'])
  const arrangement = arrangeQuick(buildGraph(stages))
  const route = arrangement.routes.get('s0→s19') ?? []
  expect(route).toHaveLength(6)
  const left = Math.min(...[...arrangement.stages.values()].map(({ x }) => x))
  expect(Math.min(...route.map(([x]) => x))).toBeLessThan(left)
})

test('edges of two stages through one gutter have tracks of their own', () => {
  const stages = chain(12).flatMap((each) => [
    each,
    stage(
      `${each.id}b`,
      each.dependsOn.map((id) => `${id}b`),
    ),
  ])
  const { routes } = arrangeQuick(buildGraph(stages))
  const heights = [...routes.values()].map((route) => route[1]?.[1])
  expect(heights.length).toBeGreaterThan(1)
  expect(new Set(heights).size).toBe(heights.length)
})

test('an arrow key prefers a stage straight ahead to a nearer one aside', () => {
  const { stages, ...rest } = arrangeQuick(buildGraph([stage('a'), stage('b', ['a']), stage('c', ['a']), stage('d')]))
  const placed = { stages, ...rest }
  expect(nearest(placed, 'b', [-1, 0])).toBe('a')
  expect(nearest(placed, 'b', [0, 1])).toBe('c')
  expect(nearest(placed, 'a', [-1, 0])).toBeUndefined()
  expect(nearest(placed, 'nobody', [1, 0])).toBeUndefined()
})
