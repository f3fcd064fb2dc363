// @vitest-environment happy-dom
import { type CanvasStage, createCanvasStore, createEditStore } from '@flowmason/pipeline-canvas'
import { expect, test, vi } from 'vitest'
import type { Edit, Outcome } from '../edits.ts'
import type { DraftSession } from '../session.ts'
import { CanvasActions } from './actions.ts'
import type { ComponentInfo } from './catalogue.ts'

const stage = (id: string, dependsOn: string[] = [], more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'generator',
  kind: 'NODE',
  dependsOn,
  branches: [],
  ...more,
})
const FILE = [
  stage('one'),
  stage('two', ['one']),
  stage('each', ['two'], { component: 'foreach', kind: 'CONTROL_FLOW' }),
  stage('sum', [], { parent: 'each', branch: 'loop', branches: ['loop'] }),
]
const doc = JSON.stringify({
  stages: [
    { id: 'one' },
    { id: 'two', depends_on: ['one'] },
    { id: 'each', type: 'foreach', depends_on: ['two'], config: { loop_stages: ['sum'] } },
    { id: 'sum' },
  ],
})
const filter: ComponentInfo = {
  name: 'filter',
  kind: 'OPERATOR',
  category: '',
  description: '',
  inputSchema: {},
  outputSchema: {},
}

function opened(answer: Outcome = { ok: true }) {
  const sent: (readonly Edit[])[] = []
  const said: string[] = []
  const edit = createEditStore()
  const session = {
    edit: (edits: readonly Edit[]) => {
      sent.push(edits)
      return Promise.resolve(answer)
    },
    state: () => ({ sync: { doc } }),
  } as unknown as DraftSession
  const actions = new CanvasActions({
    session,
    canvas: createCanvasStore(),
    edit,
    say: (message) => said.push(message),
  })
  actions.update({ stages: FILE, onStage: () => {}, undo: () => {} })
  return { actions, edit, sent, said }
}

test('a new stage waits for the selected one, and is selected before it is there', () => {
  const { actions, sent } = opened()
  actions.add(filter, { stage: 'two' })
  expect(sent).toEqual([[{ op: 'addStage', value: { id: 'filter', type: 'filter', depends_on: ['two'], config: {} } }]])
  expect(actions.only()).toBe('filter')
  // Who adds the next one at once gets another id.
  actions.add(filter, { stage: actions.only() })
  expect(sent[1]).toMatchObject([{ value: { id: 'filter-2', depends_on: ['filter'] } }])
})

test('a new stage beside an inner one is run by the same control stage', () => {
  const { actions, sent } = opened()
  const into = { control: 'each', list: 'loop_stages' }
  actions.add(filter, { stage: 'sum' })
  expect(sent[0]).toMatchObject([{ op: 'addStage', into, value: { depends_on: ['sum'] } }])
  actions.add(filter, { into })
  expect(sent[1]).toEqual([{ op: 'addStage', into, value: { id: 'filter-2', type: 'filter', config: {} } }])
})

test('a wire from the left side makes the stage wait for the new one', () => {
  const { actions, sent } = opened()
  actions.add(filter, { stage: 'one', side: 'in' })
  expect(sent[0]).toMatchObject([{ op: 'addStage' }, { op: 'connect', stage: 'one', on: 'filter' }])
})

test('what would never begin is said and not sent', () => {
  const { actions, sent, said } = opened()
  actions.connect(['two'], 'one')
  actions.connect(['one'], 'two')
  actions.move(['each'], { control: 'each', list: 'loop_stages' })
  expect(sent).toEqual([])
  expect(said).toHaveLength(3)
})

test('several stages are removed and moved as one change', () => {
  const { actions, sent } = opened()
  actions.select(['two', 'one'])
  actions.remove()
  actions.move(['each', 'sum'], undefined)
  expect(sent).toEqual([
    [
      { op: 'removeStage', stage: 'one' },
      { op: 'removeStage', stage: 'two' },
    ],
    // What the moved control stage runs stays in it.
    [{ op: 'moveStage', stage: 'each' }],
  ])
})

test('an edge is removed with the dependencies that it shows', () => {
  const { actions, sent } = opened()
  actions.selectEdge('one→two')
  actions.remove()
  expect(sent).toEqual([[{ op: 'disconnect', stage: 'two', on: 'one' }]])
})

test('a duplicate of a control stage has what it runs, and is one change', () => {
  const { actions, sent } = opened()
  actions.select(['each'])
  actions.duplicate()
  expect(sent).toEqual([
    [
      {
        op: 'addStage',
        value: { id: 'each-2', type: 'foreach', depends_on: ['two'], config: { loop_stages: ['sum-2'] } },
      },
      { op: 'addStage', value: { id: 'sum-2' } },
    ],
  ])
})

test('a name that the server refuses stays in its field, with the reason', async () => {
  const { actions, edit } = opened({ ok: false, message: 'The id is taken.' })
  await actions.rename('one', 'two')
  expect(edit.getState().renaming).toEqual({ stage: 'one', problem: 'The id is taken.' })
})

test('what was not added is not selected', async () => {
  const { actions, edit, said } = opened({ ok: false, message: 'The draft is too large.' })
  actions.add(filter, {})
  await vi.waitFor(() => expect(edit.getState().picked.size).toBe(0))
  expect(said).toEqual(['The draft is too large.'])
})
