import { expect, test } from 'vitest'
import { formFields, readForm, toValues } from './run-form.ts'

const schema = {
  type: 'object',
  required: ['name', 'count', 'tags'],
  properties: {
    name: { type: 'string', description: 'Who' },
    count: { type: 'integer', default: 3 },
    ratio: { type: ['number', 'null'] },
    urgent: { type: 'boolean', default: true },
    language: { enum: ['en', 'pt', 7] },
    tags: { type: 'array' },
    extra: { type: 'object', title: 'Anything else' },
    free: {},
  },
}
const fields = formFields(schema, { tags: ['a'], name: 'Ada' })
const values = (more: Record<string, string | boolean> = {}) =>
  Object.fromEntries(fields.map((field) => [field.name, more[field.name] ?? field.initial]))

test('each property becomes a field of its kind, in the order of the schema', () => {
  expect(fields.map((field) => [field.name, field.kind])).toEqual([
    ['name', 'string'],
    ['count', 'integer'],
    ['ratio', 'number'],
    ['urgent', 'boolean'],
    ['language', 'enum'],
    ['tags', 'json'],
    ['extra', 'json'],
    ['free', 'json'],
  ])
  expect(fields.find((field) => field.name === 'extra')?.label).toBe('Anything else')
  expect(fields.find((field) => field.name === 'name')).toMatchObject({ required: true, description: 'Who' })
})

test('the fields start with the sample, else with the default', () => {
  expect(fields.map((field) => field.initial)).toEqual(['Ada', '3', '', true, '', '[\n  "a"\n]', '', ''])
})

test('a long sample gets a field of several lines', () => {
  const [field] = formFields({ properties: { text: { type: 'string' } } }, { text: 'a\nb' })
  expect(field?.kind).toBe('long')
})

test('values are read with their types; empty optional ones are omitted', () => {
  expect(readForm(fields, values({ ratio: '0.5', language: '7', extra: '{"a": 1}' }), schema)).toEqual({
    input: { name: 'Ada', count: 3, ratio: 0.5, urgent: true, language: 7, tags: ['a'], extra: { a: 1 } },
    errors: {},
  })
})

test('missing and invalid values are reported per field', () => {
  const { errors } = readForm(fields, { ...values(), name: '', count: '1.5', ratio: 'x', tags: '[' }, schema)
  expect(Object.keys(errors)).toEqual(['name', 'count', 'ratio', 'tags'])
  expect(errors['count']).toContain('whole number')
})

test('a whole number beyond what the browser can hold is refused, never rounded', () => {
  const { errors } = readForm(fields, { ...values(), count: '9007199254740993' }, schema)
  expect(errors['count']).toContain('JSON tab')
})

test('without an object schema there are no fields', () => {
  expect(formFields(null)).toEqual([])
  expect(formFields({ type: 'array' })).toEqual([])
  expect(formFields({ properties: { odd: true } })).toHaveLength(1)
})

test('edited JSON is in the fields and comes back unchanged, including properties without a field', () => {
  const input = { name: 'Bo', count: 7, urgent: false, language: 7, tags: ['x'], free: null, own: { deep: 1 } }
  const read = toValues(fields, input, schema)
  expect(read?.values).toMatchObject({ name: 'Bo', count: '7', urgent: false, language: '7', free: '', ratio: '' })
  expect(read?.rest).toEqual({ own: { deep: 1 } })
  const back = readForm(fields, read?.values ?? {}, schema)
  const { free: _, own: __, ...rest } = input
  expect(back).toEqual({ input: rest, errors: {} })
  expect(toValues(fields, [1], schema)).toBeUndefined()
})
