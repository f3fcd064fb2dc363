// From a JSON Schema to the fields of a form. It knows the keywords that components use; a value whose schema says
// nothing that is known here is edited as text or as JSON.

import { isObject } from '../../lib/json-text.ts'

export type Shape =
  | { kind: 'text'; long: boolean; format?: string }
  | { kind: 'number'; whole: boolean; bounds: Bounds }
  | { kind: 'flag' }
  | { kind: 'enum'; options: readonly unknown[]; anyCase: boolean }
  | { kind: 'list'; items: Shape }
  | { kind: 'object'; fields: readonly FieldSpec[]; others: Shape | undefined }
  /** One of several shapes. */
  | { kind: 'choice'; options: readonly ChoiceOption[] }
  | { kind: 'json' }

export interface ChoiceOption {
  label: string
  shape: Shape
}

export interface Bounds {
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
}

export interface FieldSpec {
  key: string
  /** Other names under which files have it. */
  synonyms: readonly string[]
  label: string
  shape: Shape
  required: boolean
  description: string | undefined
  default: unknown
}

interface Schema extends Bounds {
  $ref?: string
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  const?: unknown
  format?: string
  properties?: Record<string, unknown>
  required?: string[]
  additionalProperties?: unknown
  items?: unknown
  anyOf?: unknown[]
  oneOf?: unknown[]
  allOf?: unknown[]
  'x-synonyms'?: string[]
  'x-any-case'?: boolean
}

/** A schema may refer to itself. */
const DEEPEST = 8

/** The text of a field that is usually longer than a line. */
const LONG = /prompt|content|message|instruction|feedback|context|template|expression|condition|criteria|body|rubric/

/** The shape of a value of which a schema says nothing. */
const anything = (key: string): Shape => ({
  kind: 'choice',
  options: [
    { label: 'Text', shape: { kind: 'text', long: LONG.test(key) } },
    { label: 'List', shape: { kind: 'list', items: { kind: 'text', long: false } } },
    { label: 'JSON', shape: { kind: 'json' } },
  ],
})

/** The fields of an object, in the order of its schema. */
export function fieldsOf(schema: unknown): readonly FieldSpec[] {
  const shape = shapeIn(schema, schema, '', 0)
  return shape.kind === 'object' ? shape.fields : []
}

/** `max_tokens` becomes `Max tokens`. */
export function labelOf(key: string): string {
  const words = key.replaceAll(/[_-]+/g, ' ').trim()
  return words === '' ? key : words.charAt(0).toUpperCase() + words.slice(1)
}

function shapeIn(raw: unknown, root: unknown, key: string, depth: number): Shape {
  if (!isObject(raw)) return anything(key)
  if (depth > DEEPEST) return { kind: 'json' }
  const schema = merged(raw as Schema, root)
  if (schema.const !== undefined) return { kind: 'enum', options: [schema.const], anyCase: false }
  if (schema.enum) {
    const known = schema.enum.filter((each) => each !== null)
    // `true` and "true" are one option.
    const options = known.filter((each, at) => known.findIndex((other) => wordOf(other) === wordOf(each)) === at)
    return { kind: 'enum', options, anyCase: schema['x-any-case'] === true }
  }
  const options = alternatives(schema, root)
  if (options.length > 0) {
    const shapes = options.map((each) => shapeIn(each, root, key, depth + 1))
    const [first] = shapes
    if (first && shapes.length === 1) return first
    const choices = shapes.map((shape, at) => ({ label: choiceLabel(options[at], shape), shape }))
    // Of one text or several, several is what one mostly begins with, unless the text is long.
    const listFirst = !LONG.test(key) && shapes.every(({ kind }) => kind === 'text' || kind === 'list')
    return { kind: 'choice', options: listFirst ? choices.toSorted(byList) : choices }
  }
  const types = typesOf(schema)
  if (types.length === 0) return schema.properties ? objectOf(schema, root, depth) : anything(key)
  if (types.length > 1) {
    const shapes = types.map((type) => shapeOfType(type, schema, root, key, depth))
    return { kind: 'choice', options: shapes.map((shape) => ({ label: choiceLabel(undefined, shape), shape })) }
  }
  return shapeOfType(types[0] ?? '', schema, root, key, depth)
}

const byList = (a: ChoiceOption, b: ChoiceOption): number =>
  Number(b.shape.kind === 'list') - Number(a.shape.kind === 'list')

function shapeOfType(type: string, schema: Schema, root: unknown, key: string, depth: number): Shape {
  switch (type) {
    case 'string': {
      const long = schema.format === 'textarea' || (!schema.format && LONG.test(key))
      return { kind: 'text', long, ...(schema.format && { format: schema.format }) }
    }
    case 'number':
    case 'integer':
      return { kind: 'number', whole: type === 'integer', bounds: boundsOf(schema) }
    case 'boolean':
      return { kind: 'flag' }
    case 'array': {
      const items: Shape = schema.items === undefined ? anything('') : shapeIn(schema.items, root, '', depth + 1)
      return { kind: 'list', items }
    }
    case 'object':
      return objectOf(schema, root, depth)
    default:
      return { kind: 'json' }
  }
}

function objectOf(schema: Schema, root: unknown, depth: number): Shape {
  const required = new Set(schema.required)
  const fields = Object.entries(schema.properties ?? {}).map(([key, raw]): FieldSpec => {
    const own: Schema = isObject(raw) ? merged(raw as Schema, root) : {}
    return {
      key,
      synonyms: own['x-synonyms'] ?? [],
      label: own.title ?? labelOf(key),
      shape: shapeIn(raw, root, key, depth + 1),
      required: required.has(key),
      description: own.description,
      default: own.default ?? undefined,
    }
  })
  const { additionalProperties } = schema
  // An object without known fields is one with free names.
  const free = additionalProperties === undefined ? fields.length === 0 : additionalProperties !== false
  const others = isObject(additionalProperties) ? shapeIn(additionalProperties, root, '', depth + 1) : anything('')
  return { kind: 'object', fields, others: free ? others : undefined }
}

const typesOf = ({ type }: Schema): string[] =>
  (Array.isArray(type) ? type : type === undefined ? [] : [type]).filter((each) => each !== 'null')

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): Bounds {
  return {
    ...(typeof minimum === 'number' && { minimum }),
    ...(typeof maximum === 'number' && { maximum }),
    ...(typeof exclusiveMinimum === 'number' && { exclusiveMinimum }),
    ...(typeof exclusiveMaximum === 'number' && { exclusiveMaximum }),
  }
}

/** The schema with what it refers to. Its own words, such as the description, are nearer than those of the target. */
function merged(schema: Schema, root: unknown, references = 0): Schema {
  const parts: Schema[] = []
  if (schema.$ref !== undefined && references < DEEPEST) {
    const target = targetOf(schema.$ref, root)
    if (isObject(target)) parts.push(merged(target as Schema, root, references + 1))
  }
  for (const part of schema.allOf ?? [])
    if (isObject(part) && references < DEEPEST) parts.push(merged(part as Schema, root, references + 1))
  if (parts.length === 0) return schema
  const properties = Object.assign({}, ...parts.map((each) => each.properties), schema.properties) as object
  const required = [...parts, schema].flatMap((each) => each.required ?? [])
  const whole: Schema = Object.assign({}, ...parts, schema) as Schema
  if (Object.keys(properties).length > 0) whole.properties = properties as Record<string, unknown>
  if (required.length > 0) whole.required = required
  return whole
}

function targetOf(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#/')) return undefined
  let found = root
  for (const part of reference.slice(2).split('/')) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    found = isObject(found) ? found[key] : undefined
  }
  return found
}

/** What `anyOf` and `oneOf` offer, those inside them included, without null. */
function alternatives(schema: Schema, root: unknown): Schema[] {
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((each) => {
    if (!isObject(each)) return []
    const option = merged(each as Schema, root)
    if (option.type === 'null' || option.const === null) return []
    const inner = alternatives(option, root)
    return inner.length > 0 ? inner : [option]
  })
}

function choiceLabel(schema: Schema | undefined, shape: Shape): string {
  if (schema?.title) return schema.title
  switch (shape.kind) {
    case 'text':
      return 'Text'
    case 'number':
      return 'Number'
    case 'flag':
      return 'True or false'
    case 'enum':
      return shape.options.map((each) => wordOf(each)).join(', ')
    case 'list':
      return 'List'
    case 'object':
      return 'Object'
    case 'choice':
    case 'json':
      return 'JSON'
  }
}

/** A value of an `enum` as a word. */
export const wordOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Whether the control of a shape can show a value. Nothing fits everything. */
export function fits(shape: Shape, value: unknown): boolean {
  if (value === undefined || value === null) return true
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'flag':
      return typeof value === 'boolean'
    case 'enum':
      return typeof value !== 'object' && !isTemplate(value)
    case 'list':
      return Array.isArray(value) && value.every((each) => each !== null && !Array.isArray(each))
    case 'object':
      return isObject(value)
    case 'choice':
      return shape.options.some((each) => fits(each.shape, value))
    case 'json':
      return true
  }
}

export const isTemplate = (value: unknown): boolean => typeof value === 'string' && value.includes('{{')

/** What a new item of a list, or a new object, is at first. */
export function emptyOf(shape: Shape): unknown {
  switch (shape.kind) {
    case 'text':
      return ''
    case 'number':
      return shape.bounds.minimum ?? 0
    case 'flag':
      return false
    case 'enum':
      return shape.options[0] ?? null
    case 'list':
      return []
    case 'object':
      return Object.fromEntries(
        shape.fields.filter((each) => each.required).map((each) => [each.key, each.default ?? emptyOf(each.shape)]),
      )
    case 'choice':
      return shape.options[0] ? emptyOf(shape.options[0].shape) : null
    case 'json':
      return null
  }
}
