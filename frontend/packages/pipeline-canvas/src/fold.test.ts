import { expect, test } from 'vitest'
import { type Arrangement, DESK, STAGE_H, STAGE_W, arrangeQuick } from './arrange.ts'
import { turnPath } from './fold.ts'
import { type CanvasStage, buildGraph } from './model.ts'
import { nearest } from './nearest.ts'

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

test('the line to the next row runs between the rows', () => {
  const { stages, turns } = arrangeQuick(buildGraph(chain(12)))
  expect(turns.size).toBeGreaterThan(0)
  for (const [edge, turn] of turns) {
    const [source, target] = edge.split('→').map((id) => stages.get(id))
    expect(turn.first).toBeGreaterThan((source?.y ?? 0) + STAGE_H)
    expect(turn.last).toBeLessThan(target?.y ?? 0)
  }
})

test('a chain that is readable without folding, and a wide graph, are not folded', () => {
  expect(arrangeQuick(buildGraph(chain(4))).turns.size).toBe(0)
  const lanes = Array.from({ length: 60 }, (_, at) => stage(`s${at}`, at < 6 ? [] : [`s${at - 6}`]))
  expect(arrangeQuick(buildGraph(lanes)).turns.size).toBe(0)
})

test('an edge over two folds goes along the margin', () => {
  const stages = chain(12)
  stages[11] = stage('s11', ['s10', 's0'])
  const { turns } = arrangeQuick(buildGraph(stages))
  const turn = turns.get('s0→s11')
  expect(turn && turn.first < turn.last).toBe(true)
  expect(turnPath(0, 0, 0, 300, { first: 60, last: 240, margin: -9 })).toContain('-9')
})

test('an arrow key prefers a stage straight ahead to a nearer one aside', () => {
  const { stages, ...rest } = arrangeQuick(buildGraph([stage('a'), stage('b', ['a']), stage('c', ['a']), stage('d')]))
  const placed = { stages, ...rest }
  expect(nearest(placed, 'b', [-1, 0])).toBe('a')
  expect(nearest(placed, 'b', [0, 1])).toBe('c')
  expect(nearest(placed, 'a', [-1, 0])).toBeUndefined()
  expect(nearest(placed, 'nobody', [1, 0])).toBeUndefined()
})
