import { expect, test } from 'vitest'
import { withBranches } from './branches.ts'

const of = (config: unknown, ...inner: [id: string, branch: string][]) =>
  Object.fromEntries(
    withBranches([
      { id: 'control', config },
      ...inner.map(([id, branch]) => ({ id, parent: 'control', branch, config: {} })),
    ]).map(({ id, branches }) => [id, branches]),
  )

test('a stage has every branch that names it, in the order of the settings', () => {
  const config = { routes: { a: ['x', 'y'], b: ['x', 'x'] }, default_route: ['x', 'z'] }
  expect(of(config, ['x', 'route.a'], ['y', 'route.a'], ['z', 'default'])).toEqual({
    control: [],
    x: ['route.a', 'route.b', 'default'],
    y: ['route.a'],
    z: ['default'],
  })
})

test('the same holds for every control stage with more than one list', () => {
  expect(of({ try_stages: ['x'], catch_stages: ['x'], finally_stages: ['x'] }, ['x', 'try'])['x']).toEqual([
    'try',
    'catch',
    'finally',
  ])
  expect(of({ true_branch_stages: ['x'], false_branch_stages: ['x'] }, ['x', 'true'])['x']).toEqual(['true', 'false'])
  expect(of({ loop_stages: ['x'] }, ['x', 'loop'])['x']).toEqual(['loop'])
})

test('what the server tells holds when the settings say nothing', () => {
  expect(of(null, ['x', 'route.a'])['x']).toEqual(['route.a'])
  expect(of({ routes: '{{input.routes}}' }, ['x', 'route.a'])['x']).toEqual(['route.a'])
})
