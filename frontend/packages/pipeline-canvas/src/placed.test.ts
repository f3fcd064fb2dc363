import { expect, test } from 'vitest'
import { type Arrangement, type Rect, STAGE_H, STAGE_W, arrange } from './arrange.ts'
import { Field } from './field.ts'
import { type CanvasStage, buildGraph } from './model.ts'
import { quick } from './quick.ts'

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'json_transform',
  kind: 'OPERATOR',
  dependsOn: [],
  branches: more.branch ? [more.branch] : [],
  ...more,
})
const laid = (list: readonly CanvasStage[]) => arrange(buildGraph(list), async (input) => quick(input))
const place = (at: Arrangement, id: string): Rect => {
  const found = at.stages.get(id)
  if (!found) throw new Error(`${id} has no place`)
  return found
}
const touch = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

const chain = [stage('a'), stage('b', { dependsOn: ['a'] }), stage('c', { dependsOn: ['b'] })]

test('a stage that was placed is there, and all others stay where the layout has them', async () => {
  const before = await laid(chain)
  const after = await laid(chain.map((each) => (each.id === 'b' ? { ...each, position: { x: -80, y: 400 } } : each)))
  expect(place(after, 'b')).toMatchObject({ x: -80, y: 400 })
  expect(place(after, 'a')).toEqual(place(before, 'a'))
  expect(place(after, 'c')).toEqual(place(before, 'c'))
  expect([...(after.placed ?? [])]).toEqual(['b'])
  // What is to the left of the rest belongs to what there is to see.
  expect(after.x).toBe(-80)
  expect(after.y + after.height).toBe(400 + STAGE_H)
})

test('what a placed stage would cover gives way', async () => {
  const before = await laid(chain)
  const onto = place(before, 'c')
  const after = await laid(
    chain.map((each) => (each.id === 'a' ? { ...each, position: { x: onto.x + 10, y: onto.y + 5 } } : each)),
  )
  expect(place(after, 'a')).toMatchObject({ x: onto.x + 10, y: onto.y + 5 })
  expect(touch(place(after, 'a'), place(after, 'c'))).toBe(false)
  expect(place(after, 'b')).toEqual(place(before, 'b'))
})

const framed = [
  stage('each', { component: 'foreach', kind: 'CONTROL_FLOW', position: { x: 300, y: 100 } }),
  stage('x', { parent: 'each', branch: 'loop' }),
  stage('y', { parent: 'each', branch: 'loop', dependsOn: ['x'], position: { x: 340, y: 500 } }),
  stage('after', { dependsOn: ['each'] }),
]

test('a frame has everything in it that its control stage runs, wherever that was placed', async () => {
  const at = await laid(framed)
  expect(place(at, 'each')).toMatchObject({ x: 300, y: 100 })
  expect(place(at, 'y')).toMatchObject({ x: 340, y: 500 })
  const frame = at.frames.get('each')
  if (!frame) throw new Error('no frame')
  for (const id of ['each', 'x', 'y']) {
    const { x, y } = place(at, id)
    expect(x).toBeGreaterThanOrEqual(frame.x + 8)
    expect(y).toBeGreaterThanOrEqual(frame.y + 8)
    expect(x + STAGE_W).toBeLessThanOrEqual(frame.x + frame.width)
    expect(y + STAGE_H).toBeLessThanOrEqual(frame.y + frame.height)
  }
  expect(touch(place(at, 'after'), frame)).toBe(false)
})

test('a branching control stage is the corner of its inner positions, too', async () => {
  const at = await laid([
    stage('route', { component: 'router', kind: 'CONTROL_FLOW', position: { x: 0, y: 0 } }),
    stage('left', { parent: 'route', branch: 'route.a', position: { x: -260, y: 200 } }),
    stage('right', { parent: 'route', branch: 'route.b' }),
  ])
  expect(place(at, 'route')).toMatchObject({ x: 0, y: 0 })
  expect(place(at, 'left')).toMatchObject({ x: -260, y: 200 })
  expect(at.frames.get('route')?.x).toBe(-276)
})

test('an inner position counts only with that of its control stage', async () => {
  const without = framed.map((each) => (each.id === 'each' ? { ...each, position: null } : each))
  const at = await laid(without)
  expect([...(at.placed ?? [])]).toEqual([])
})

test('a thousand placed stages need no layout', async () => {
  const many = Array.from({ length: 1000 }, (_, index) =>
    stage(`s${index}`, {
      dependsOn: index > 0 ? [`s${index - 1}`] : [],
      position: { x: (index % 40) * 260, y: Math.floor(index / 40) * 120 },
    }),
  )
  const graph = buildGraph(many)
  const at = await arrange(graph, () => Promise.reject(new Error('not asked')))
  expect(at.stages.size).toBe(1000)
  expect(place(at, 's999')).toMatchObject({ x: 39 * 260, y: 24 * 120 })
})

test('the nearest free place is straight in one direction', () => {
  const field = new Field()
  field.add({ x: 0, y: 0, width: 100, height: 50 })
  expect(field.nearest({ x: 10, y: 40, width: 100, height: 50 }, 0, 10)).toMatchObject({ x: 10, y: 60 })
  expect(field.nearest({ x: 90, y: 5, width: 100, height: 50 }, 0, 10)).toMatchObject({ x: 110, y: 5 })
  expect(field.nearest({ x: 200, y: 0, width: 100, height: 50 }, 0, 10)).toMatchObject({ x: 200, y: 0 })
})
