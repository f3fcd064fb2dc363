import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { expect, test } from 'vitest'
import { dependenciesOf, listOfBranch, listsOf, mapOf, ownList, outermost, whyNotConnect, withInner } from './graph.ts'

const stage = (id: string, dependsOn: string[] = [], more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'generator',
  kind: 'NODE',
  dependsOn,
  branches: [],
  ...more,
})
const loop = (id: string, dependsOn: string[] = []) =>
  stage(id, dependsOn, { component: 'foreach', kind: 'CONTROL_FLOW' })
const inLoop = { parent: 'each', branch: 'loop', branches: ['loop'] }
const stages = mapOf([
  stage('a'),
  stage('b', ['a']),
  loop('each', ['b']),
  stage('x', [], inLoop),
  stage('y', ['x'], inLoop),
  stage('z', ['each']),
])

test('two stages that do not wait for each other can be connected', () => {
  expect(whyNotConnect(stages, 'a', 'z')).toBeUndefined()
  expect(whyNotConnect(stages, 'a', 'y')).toBeUndefined()
})

test('what would never begin is refused, with the reason', () => {
  expect(whyNotConnect(stages, 'a', 'a')).toBe('A stage cannot wait for itself.')
  expect(whyNotConnect(stages, 'a', 'b')).toBe('`b` waits for `a` already.')
  expect(whyNotConnect(stages, 'b', 'a')).toContain('for ever')
  expect(whyNotConnect(stages, 'z', 'a')).toContain('for ever')
  expect(whyNotConnect(stages, 'y', 'x')).toContain('for ever')
  expect(whyNotConnect(stages, 'each', 'x')).toBe('`each` runs `x`, so it cannot be done before.')
  expect(whyNotConnect(stages, 'x', 'each')).toBe('`each` runs `x`, so it starts before.')
})

test('an order through the frame of a loop counts: its end is after its inner stages', () => {
  expect(whyNotConnect(stages, 'z', 'x')).toContain('for ever')
  expect(whyNotConnect(stages, 'x', 'a')).toContain('for ever')
  expect(whyNotConnect(stages, 'gone', 'a')).toBe('The stage is gone.')
})

test('a control stage takes along what it runs', () => {
  expect(withInner(stages, ['each'])).toEqual(['each', 'x', 'y'])
  expect(withInner(stages, ['z', 'a'])).toEqual(['a', 'z'])
  expect(outermost(stages, ['each', 'x', 'z'])).toEqual(['each', 'z'])
})

test('an edge stands for the dependencies that it shows', () => {
  expect(dependenciesOf(stages, 'a→b')).toEqual([{ stage: 'b', on: 'a' }])
  const through = mapOf([...stages.values(), stage('late', ['y'])])
  expect(dependenciesOf(through, 'each→late')).toEqual([{ stage: 'late', on: 'y' }])
  const odd = mapOf([stage('a'), stage('b', ['a']), stage('a→b'), stage('c', ['a→b'])])
  expect(dependenciesOf(odd, 'a→b→c')).toEqual([{ stage: 'c', on: 'a→b' }])
})

test('each list of a control stage has the name that edits use', () => {
  expect(ownList(stages, 'x')).toEqual({ control: 'each', list: 'loop_stages' })
  expect(ownList(stages, 'a')).toBeUndefined()
  const router = stage('r', [], { component: 'router' })
  expect(listOfBranch(router, 'route.billing')).toEqual({ control: 'r', list: 'routes', key: 'billing' })
  expect(listOfBranch(router, 'default')).toEqual({ control: 'r', list: 'default_route' })
  expect(listsOf(stage('c', [], { component: 'conditional' })).map(({ into }) => into.list)).toEqual([
    'true_branch_stages',
    'false_branch_stages',
  ])
  expect(listsOf(stage('a'))).toEqual([])
  expect(listsOf(stage('a', [], { component: 'constructor' }))).toEqual([])
})
