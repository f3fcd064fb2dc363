import { expect, test } from 'vitest'
import { type ComponentInfo, fits, found, idFor, newStage } from './catalogue.ts'

const component = (name: string, more: Partial<ComponentInfo> = {}): ComponentInfo => ({
  name,
  kind: 'OPERATOR',
  category: 'Data',
  description: 'Reshapes data.\nMore about it.',
  inputSchema: {},
  outputSchema: {},
  ...more,
})

test('components are found by name, category and text, in this order', () => {
  const all = [
    component('generator', { category: 'Text', description: 'Writes with a model, for a filter too.' }),
    component('json_transform', { category: 'Filter and map' }),
    component('filter'),
  ]
  expect(found(all, 'filter').map(({ name }) => name)).toEqual(['filter', 'json_transform', 'generator'])
  expect(found(all, 'json tr').map(({ name }) => name)).toEqual(['json_transform'])
  expect(found(all, ' ')).toHaveLength(3)
  expect(found(all, 'nothing')).toEqual([])
})

test('a new stage has its required settings, of the right type', () => {
  const inputSchema = {
    required: ['url', 'method', 'items', 'limit', 'routes'],
    properties: {
      url: { type: 'string' },
      method: { enum: ['GET', 'POST'] },
      items: { type: ['array', 'null'] },
      limit: { type: 'integer', default: 5 },
      routes: { type: 'object' },
      other: { type: 'string' },
    },
  }
  expect(newStage(component('http_request', { inputSchema }), 'http-request', ['a'])).toEqual({
    id: 'http-request',
    type: 'http_request',
    depends_on: ['a'],
    config: { url: '', method: 'GET', items: [], limit: 5, routes: {} },
  })
  expect(newStage(component('logger'), 'logger', [])).toEqual({ id: 'logger', type: 'logger', config: {} })
  expect(idFor(component('http_request'))).toBe('http-request')
})

test('a stage that ends the run is offered after a stage and not before it', () => {
  expect(fits(component('return'), 'out')).toBe(true)
  expect(fits(component('return'), 'in')).toBe(false)
  expect(fits(component('filter'), 'in')).toBe(true)
})
