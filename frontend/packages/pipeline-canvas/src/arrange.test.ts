import { expect, test } from 'vitest'
import { STAGE_H, STAGE_W, arrange } from './arrange.ts'
import { squeezeCells } from './faces.ts'
import { type CanvasStage, branchText, buildGraph } from './model.ts'
import { arrangeQuick, quick } from './quick.ts'

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'json_transform',
  kind: 'OPERATOR',
  dependsOn: [],
  branches: more.branch ? [more.branch] : [],
  ...more,
})

const inbox = [
  stage('fetch'),
  stage('each', { component: 'foreach', kind: 'CONTROL_FLOW', dependsOn: ['fetch'] }),
  stage('mood', { parent: 'each', branch: 'loop' }),
  stage('route', { component: 'router', kind: 'CONTROL_FLOW', dependsOn: ['each'] }),
  stage('reply', { parent: 'route', branch: 'route.upset' }),
  stage('check', { parent: 'route', branch: 'route.upset', dependsOn: ['reply'] }),
  stage('thank', { parent: 'route', branch: 'route.happy' }),
  stage('file', { dependsOn: ['route'] }),
]

test('a branching control stage leads to the first stage of each branch, with the name of the branch', () => {
  const { edges } = buildGraph(inbox)
  expect(edges.find((edge) => edge.id === 'route→reply')?.label).toEqual({ text: 'upset' })
  expect(edges.find((edge) => edge.id === 'route→thank')?.label).toEqual({ text: 'happy' })
  expect(edges.some((edge) => edge.id === 'route→check')).toBe(false)
  expect(edges.some((edge) => edge.source === 'each' && edge.target === 'mood')).toBe(false)
})

test('the edge to a stage of several branches names all of them, or their number if there are many', () => {
  const routes = (...names: string[]) => {
    const branches = names.map((name) => `route.${name}`)
    const inner = stage('shared', { parent: 'route', branch: branches[0] ?? null, branches })
    const { edges } = buildGraph([stage('route', { component: 'router', kind: 'CONTROL_FLOW' }), inner])
    return edges.find((edge) => edge.id === 'route→shared')?.label
  }
  expect(routes('a')).toEqual({ text: 'a' })
  expect(routes('a', 'b')).toEqual({ text: 'a, b' })
  expect(routes('billing', 'complaint', 'question')).toEqual({
    text: '3 routes',
    all: 'billing, complaint, question',
  })
  expect(branchText(['route.a', 'default'])).toEqual({ text: 'a, default' })
  expect(branchText(['true', 'false'])).toEqual({ text: '2 branches', all: 'if true, if false' })
  expect(branchText([])).toBeUndefined()
})

test('the columns of branches are far enough apart for the longest label', () => {
  const inner = stage('x', { parent: 'route', branch: 'route.a', branches: ['route.gift', 'route.billing'] })
  const list = [stage('route', { component: 'router', kind: 'CONTROL_FLOW' }), inner]
  const { stages } = arrangeQuick(buildGraph(list))
  const [from, to] = [stages.get('route'), stages.get('x')]
  expect((to?.x ?? 0) - ((from?.x ?? 0) + STAGE_W)).toBeGreaterThan('gift, billing'.length * 6)
})

test('an edge from a control stage starts at its frame, never crosses it', () => {
  const { edges } = buildGraph(inbox)
  expect(edges.find((edge) => edge.id === 'route→file')?.fromFrame).toBe(true)
  expect(edges.find((edge) => edge.id === 'each→route')?.fromFrame).toBe(true)
  expect(edges.find((edge) => edge.id === 'fetch→each')?.fromFrame).toBe(false)
})

test('a dependency on an inner stage is drawn from the control stage that contains it', () => {
  const { edges } = buildGraph([...inbox, stage('late', { dependsOn: ['mood'] })])
  expect(edges.some((edge) => edge.id === 'each→late')).toBe(true)
})

test('cyclic or missing parents do not hang the layout', () => {
  const graph = buildGraph([stage('a', { parent: 'nobody' }), stage('b', { parent: 'b', dependsOn: ['b', 'missing'] })])
  expect(arrangeQuick(graph).stages.size).toBe(2)
})

test('stages in a dependency cycle still get a position', () => {
  const graph = buildGraph([stage('a', { dependsOn: ['b'] }), stage('b', { dependsOn: ['a'] })])
  expect(arrangeQuick(graph).stages.size).toBe(2)
})

test('inner stages are inside the frame of their control stage and nothing overlaps', async () => {
  const graph = buildGraph(inbox)
  const { stages, frames } = await arrange(graph, async (input) => quick(input))
  expect(stages.size).toBe(inbox.length)
  for (const [control, inner] of [
    ['each', 'mood'],
    ['route', 'reply'],
    ['route', 'thank'],
  ] as const) {
    const [frame, card] = [frames.get(control), stages.get(inner)]
    if (!frame || !card) throw new Error(`${control} has no frame or ${inner} no place`)
    expect(card.x).toBeGreaterThanOrEqual(frame.x)
    expect(card.y).toBeGreaterThanOrEqual(frame.y)
    expect(card.x + STAGE_W).toBeLessThanOrEqual(frame.x + frame.width)
    expect(card.y + STAGE_H).toBeLessThanOrEqual(frame.y + frame.height)
  }
  const all = [...stages.values()]
  for (const [index, a] of all.entries()) {
    for (const b of all.slice(index + 1)) {
      expect(Math.abs(a.x - b.x) >= STAGE_W || Math.abs(a.y - b.y) >= STAGE_H).toBe(true)
    }
  }
})

test('positions in the file are kept', () => {
  const graph = buildGraph([stage('a', { position: { x: 100, y: 40 } }), stage('b', { position: { x: 500, y: 90 } })])
  return arrange(graph, () => Promise.reject(new Error('not asked'))).then(({ stages, x, y }) => {
    expect(stages.get('a')).toMatchObject({ x: 100, y: 40 })
    expect(stages.get('b')).toMatchObject({ x: 500, y: 90 })
    expect([x, y]).toEqual([100, 40])
  })
})

test('positions at which cards would touch are replaced by a layout', async () => {
  const graph = buildGraph([stage('a', { position: { x: 0, y: 0 } }), stage('b', { position: { x: 50, y: 10 } })])
  let asked = 0
  await arrange(graph, async (input) => {
    asked++
    return quick(input)
  })
  expect(asked).toBe(1)
})

test('a strip with more items than cells shows what needs attention', () => {
  const cells = Array.from({ length: 100 }, (_, index) => (index === 57 ? ('failed' as const) : ('succeeded' as const)))
  const squeezed = squeezeCells(cells, 20)
  expect(squeezed).toHaveLength(20)
  expect(squeezed.filter((cell) => cell === 'failed')).toHaveLength(1)
  expect(squeezed.indexOf('failed')).toBe(11)
})
