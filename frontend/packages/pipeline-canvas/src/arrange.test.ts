import { expect, test } from 'vitest'
import { STAGE_H, STAGE_W, arrange, arrangeQuick, quick } from './arrange.ts'
import { squeezeCells } from './faces.ts'
import { type CanvasStage, buildGraph } from './model.ts'

const stage = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'json_transform',
  kind: 'OPERATOR',
  dependsOn: [],
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
  expect(edges.find((edge) => edge.id === 'route→reply')?.label).toBe('upset')
  expect(edges.find((edge) => edge.id === 'route→thank')?.label).toBe('happy')
  expect(edges.some((edge) => edge.id === 'route→check')).toBe(false)
  expect(edges.some((edge) => edge.source === 'each' && edge.target === 'mood')).toBe(false)
})

test('what depends on a control stage leaves from its frame, never through it', () => {
  const { edges } = buildGraph(inbox)
  expect(edges.find((edge) => edge.id === 'route→file')?.fromFrame).toBe(true)
  expect(edges.find((edge) => edge.id === 'each→route')?.fromFrame).toBe(true)
  expect(edges.find((edge) => edge.id === 'fetch→each')?.fromFrame).toBe(false)
})

test('a dependency on an inner stage is drawn from the control stage that holds it', () => {
  const { edges } = buildGraph([...inbox, stage('late', { dependsOn: ['mood'] })])
  expect(edges.some((edge) => edge.id === 'each→late')).toBe(true)
})

test('parents that form a circle or do not exist do not hang the layout', () => {
  const graph = buildGraph([stage('a', { parent: 'nobody' }), stage('b', { parent: 'b', dependsOn: ['b', 'missing'] })])
  expect(arrangeQuick(graph).stages.size).toBe(2)
})

test('stages that depend on each other in a circle still get a place', () => {
  const graph = buildGraph([stage('a', { dependsOn: ['b'] }), stage('b', { dependsOn: ['a'] })])
  expect(arrangeQuick(graph).stages.size).toBe(2)
})

test('inner stages lie inside the frame of their control stage and nothing overlaps', async () => {
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

test('places written in the file are kept, moved to the corner', () => {
  const graph = buildGraph([stage('a', { position: { x: 100, y: 40 } }), stage('b', { position: { x: 500, y: 90 } })])
  return arrange(graph, () => Promise.reject(new Error('not asked'))).then(({ stages }) => {
    expect(stages.get('a')).toMatchObject({ x: 0, y: 0 })
    expect(stages.get('b')).toMatchObject({ x: 400, y: 50 })
  })
})

test('places in which cards would touch are laid out anew', async () => {
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
