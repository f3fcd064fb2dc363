import { expect, test } from 'vitest'
import { copyOf, pasted, routesOf, stagesIn } from './copy.ts'

const fetch = { id: 'fetch', type: 'http_request', config: { url: '{{input.url}}' } }
const each = {
  id: 'each',
  type: 'foreach',
  depends_on: ['fetch'],
  config: { items: '{{upstream.fetch.body}}', loop_stages: ['sum', 'other'] },
}
const sum = { id: 'sum', type: 'generator', config: { prompt: '{{context.item}} of {{upstream.fetch.url}}' } }
const file = JSON.stringify({ name: 'p', stages: [fetch, each, sum] })
const clip = stagesIn(file) ?? []

test('stages are copied as they stand in the file', () => {
  expect(JSON.parse(copyOf(file, ['sum', 'fetch']) ?? '')).toEqual({ stages: [fetch, sum] })
  expect(copyOf(file, ['gone'])).toBeUndefined()
})

test('a pipeline, a list and one stage can be pasted, and nothing else', () => {
  expect(stagesIn(file)).toHaveLength(3)
  expect(stagesIn(JSON.stringify([sum]))).toEqual([sum])
  expect(stagesIn(JSON.stringify(sum))).toEqual([sum])
  for (const text of ['words', '{}', '[]', '{"stages": []}', '[1]', '{"stages": [{"name": "no id"}]}'])
    expect(stagesIn(text)).toBeUndefined()
})

test('copies in another pipeline keep their ids', () => {
  const { edits, ids } = pasted(clip, { taken: new Set() })
  expect(ids).toEqual(['fetch', 'each', 'sum'])
  expect(edits[0]).toEqual({ op: 'addStage', value: fetch })
})

test('where ids are taken, what refers to them inside of the copy follows', () => {
  const { edits, ids } = pasted(clip, { taken: new Set(['fetch', 'each', 'sum', 'other']) })
  expect(ids).toEqual(['fetch-2', 'each-2', 'sum-2'])
  expect(edits).toEqual([
    { op: 'addStage', value: { ...fetch, id: 'fetch-2' } },
    {
      op: 'addStage',
      value: {
        ...each,
        id: 'each-2',
        depends_on: ['fetch-2'],
        config: { items: '{{upstream.fetch-2.body}}', loop_stages: ['sum-2'] },
      },
    },
    {
      op: 'addStage',
      value: { ...sum, id: 'sum-2', config: { prompt: '{{context.item}} of {{upstream.fetch-2.url}}' } },
    },
  ])
})

test('a copy waits for stages of the pipeline as its original does, and for none that is not there', () => {
  const [here] = pasted([each], { taken: new Set(['fetch', 'each', 'sum']) }).edits
  expect(here).toMatchObject({ value: { id: 'each-2', depends_on: ['fetch'], config: { loop_stages: [] } } })
  const [elsewhere] = pasted([each], { taken: new Set() }).edits
  expect(elsewhere).toMatchObject({ value: { id: 'each', depends_on: [] } })
})

test('what no copied stage runs is put into the list that is named', () => {
  const into = { control: 'outer', list: 'loop_stages' }
  const { edits } = pasted(clip, { taken: new Set(['outer']), into })
  expect(edits.map((edit) => 'into' in edit)).toEqual([true, true, false])
})

test('a copy that was placed by hand is beside its original', () => {
  const placed = { ...sum, position: { x: 10, y: 20 } }
  expect(pasted([placed], { taken: new Set(['sum']) }).edits[0]).toMatchObject({
    value: { position: { x: 50, y: 100 } },
  })
})

test('a router has the routes that its settings name', () => {
  expect(routesOf({ id: 'r', config: { routes: { a: [], b: ['x'] } } })).toEqual(['a', 'b'])
  expect(routesOf(undefined)).toEqual([])
})

test('a component may have the name of something that every object has', () => {
  const odd = { id: 'odd', type: 'constructor', config: { a: 1 } }
  expect(pasted([odd], { taken: new Set() }).edits).toEqual([{ op: 'addStage', value: odd }])
})
