import { expect, test } from 'vitest'
import { emptyOf, fieldsOf, fits, labelOf } from './schema.ts'

/** As the program writes it for `aggregate`. */
const aggregate = {
  $defs: {
    Aggregation: {
      type: 'object',
      description: 'One computed field.',
      properties: {
        field: { type: ['string', 'null'], default: null, description: 'The field of the rows.' },
        operation: { type: 'string', enum: ['sum', 'avg'], 'x-any-case': true },
      },
      required: ['operation'],
    },
  },
  type: 'object',
  properties: {
    data: { type: 'array', items: true, 'x-synonyms': ['rows', 'items'] },
    aggregations: { type: 'array', items: { $ref: '#/$defs/Aggregation' } },
    group_by: {
      anyOf: [{ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }, { type: 'null' }],
      default: null,
    },
    having: { description: 'An expression.', default: null },
  },
  required: ['data', 'aggregations'],
}

const of = (property: unknown) => fieldsOf({ type: 'object', properties: { it: property } })[0]
const kindOf = (property: unknown) => of(property)?.shape

test('each scalar type has its own control, and null is no type of its own', () => {
  expect(kindOf({ type: 'string' })).toEqual({ kind: 'text', long: false })
  expect(kindOf({ type: ['string', 'null'] })).toEqual({ kind: 'text', long: false })
  expect(kindOf({ type: 'string', format: 'uri' })).toEqual({ kind: 'text', long: false, format: 'uri' })
  expect(kindOf({ type: 'boolean' })).toEqual({ kind: 'flag' })
  expect(kindOf({ type: 'integer', minimum: 1, exclusiveMaximum: 9 })).toEqual({
    kind: 'number',
    whole: true,
    bounds: { minimum: 1, exclusiveMaximum: 9 },
  })
  expect(kindOf({ type: 'number' })).toEqual({ kind: 'number', whole: false, bounds: {} })
  expect(kindOf({ const: 'v1' })).toEqual({ kind: 'enum', options: ['v1'], anyCase: false })
  expect(kindOf({ type: ['string', 'null'], enum: ['GET', 'POST', null], 'x-any-case': true })).toEqual({
    kind: 'enum',
    options: ['GET', 'POST'],
    anyCase: true,
  })
})

test('options that are written alike are one option', () => {
  expect(kindOf({ enum: [true, 'true', null] })).toEqual({ kind: 'enum', options: [true], anyCase: false })
})

test('a list of objects has the fields of what it refers to', () => {
  const fields = fieldsOf(aggregate)
  expect(fields.map(({ key, required }) => [key, required])).toEqual([
    ['data', true],
    ['aggregations', true],
    ['group_by', false],
    ['having', false],
  ])
  expect(fields[0]?.synonyms).toEqual(['rows', 'items'])
  const list = fields[1]?.shape
  if (list?.kind !== 'list' || list.items.kind !== 'object') throw new Error('not a list of objects')
  expect(list.items.fields.map(({ key, label, required }) => [key, label, required])).toEqual([
    ['field', 'Field', false],
    ['operation', 'Operation', true],
  ])
  expect(list.items.others).toBeUndefined()
  expect(emptyOf(list.items)).toEqual({ operation: 'sum' })
})

test('alternatives are a choice, those inside of others included', () => {
  const shape = fieldsOf(aggregate)[2]?.shape
  if (shape?.kind !== 'choice') throw new Error('not a choice')
  expect(shape.options.map(({ label }) => label)).toEqual(['List', 'Text'])
  expect(fits(shape, 'a')).toBe(true)
  expect(fits(shape, ['a', 'b'])).toBe(true)
  expect(fits(shape, { a: 1 })).toBe(false)
  expect(kindOf({ oneOf: [{ type: 'null' }, { type: 'integer' }] })).toMatchObject({ kind: 'number' })
})

test('a value of any kind is a text, a list or JSON', () => {
  const shape = fieldsOf(aggregate)[3]?.shape
  if (shape?.kind !== 'choice') throw new Error('not a choice')
  expect(shape.options.map(({ label }) => label)).toEqual(['Text', 'List', 'JSON'])
  expect(kindOf(true)).toEqual(shape)
})

test('an object has free names if its schema allows them, and an unknown keyword is JSON', () => {
  expect(kindOf({ type: 'object', additionalProperties: true })).toMatchObject({
    fields: [],
    others: { kind: 'choice' },
  })
  expect(kindOf({ type: 'object', additionalProperties: { type: 'number' } })).toMatchObject({
    others: { kind: 'number' },
  })
  expect(kindOf({ type: 'object', properties: { a: {} } })).toMatchObject({ others: undefined })
  expect(kindOf({ type: 'object', additionalProperties: false })).toMatchObject({ fields: [], others: undefined })
  expect(kindOf({ type: 'quaternion' })).toEqual({ kind: 'json' })
})

test('a schema that refers to itself ends', () => {
  const tree = { $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } } }
  const root = { ...tree, type: 'object', properties: { first: { $ref: '#/$defs/Node' } } }
  let shape = fieldsOf(root)[0]?.shape
  let depth = 0
  while (shape?.kind === 'object' && depth < 100) {
    shape = shape.fields[0]?.shape
    depth += 1
  }
  expect(shape).toEqual({ kind: 'json' })
})

test('a label is the key in words, and the title if there is one', () => {
  expect(labelOf('max_tokens')).toBe('Max tokens')
  expect(of({ type: 'string', title: 'Address' })?.label).toBe('Address')
  expect(of({ type: 'number', default: 0.7 })?.default).toBe(0.7)
  expect(of({ type: ['number', 'null'], default: null })?.default).toBeUndefined()
})
