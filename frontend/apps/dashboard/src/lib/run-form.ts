// The run form: derives fields from the input schema of a version, and reads them back into one JSON value.

import { faultWords, isObject, readJson } from './json-text.ts'

export type FieldKind = 'string' | 'long' | 'number' | 'integer' | 'boolean' | 'enum' | 'json'

export interface FormField {
  name: string
  label: string
  kind: FieldKind
  required: boolean
  description?: string
  options?: string[]
  /** The initial value: the sample, else the default. */
  initial: string | boolean
}

export const REQUIRED = 'This field is required.'

export type FormValues = Record<string, string | boolean>

interface Schema {
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  format?: string
  properties?: Record<string, Schema>
  required?: string[]
}

/** No fields if the schema is absent or is not an object with properties; only the JSON tab is offered then. */
export function formFields(schema: unknown, sample?: unknown): FormField[] {
  if (!isObject(schema) || !isObject(schema['properties'])) return []
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as string[]) : [])
  const samples = isObject(sample) ? sample : {}
  return Object.entries(schema['properties']).map(([name, raw]) => {
    const property: Schema = isObject(raw) ? (raw as Schema) : {}
    const value = name in samples ? samples[name] : property.default
    const kind = kindOf(property, value)
    const field: FormField = {
      name,
      label: property.title ?? name,
      kind,
      required: required.has(name),
      initial: toText(kind, value, property.enum),
    }
    if (property.description) field.description = property.description
    if (property.enum)
      field.options = property.enum.map((option) => (typeof option === 'string' ? option : JSON.stringify(option)))
    return field
  })
}

function kindOf(property: Schema, value: unknown): FieldKind {
  if (property.enum) return 'enum'
  const types = Array.isArray(property.type) ? property.type.filter((each) => each !== 'null') : [property.type]
  const type = types.length === 1 ? types[0] : undefined
  switch (type) {
    case 'string':
      return property.format === 'textarea' ||
        (typeof value === 'string' && (value.includes('\n') || value.length > 60))
        ? 'long'
        : 'string'
    case 'number':
    case 'integer':
    case 'boolean':
      return type
    default:
      return 'json'
  }
}

function toText(kind: FieldKind, value: unknown, options?: unknown[]): string | boolean {
  if (kind === 'boolean') return value === true
  if (value === undefined || value === null) return kind === 'enum' && options?.length ? '' : ''
  if (kind === 'json') return JSON.stringify(value, null, 2)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export interface FormResult {
  input: Record<string, unknown>
  errors: Record<string, string>
}

/**
 * Splits an edited JSON so that nothing is lost: values that the fields can hold, and properties without a field.
 * `undefined` if it is not an object, for which there is no form.
 */
export function toValues(
  fields: readonly FormField[],
  input: unknown,
  schema?: unknown,
): { values: FormValues; rest: Record<string, unknown> } | undefined {
  if (!isObject(input)) return undefined
  const properties =
    isObject(schema) && isObject(schema['properties']) ? (schema['properties'] as Record<string, Schema>) : {}
  const values: FormValues = {}
  for (const field of fields) {
    const value = input[field.name]
    values[field.name] =
      field.kind === 'boolean' && value !== true ? false : toText(field.kind, value, properties[field.name]?.enum)
  }
  const known = new Set(fields.map((field) => field.name))
  return { values, rest: Object.fromEntries(Object.entries(input).filter(([name]) => !known.has(name))) }
}

/** Reads the fields; an empty optional field is omitted, so that its default applies. */
export function readForm(fields: readonly FormField[], values: FormValues, schema?: unknown): FormResult {
  const result: FormResult = { input: {}, errors: {} }
  const properties =
    isObject(schema) && isObject(schema['properties']) ? (schema['properties'] as Record<string, Schema>) : {}
  for (const field of fields) {
    const value = values[field.name] ?? field.initial
    if (typeof value === 'boolean') {
      result.input[field.name] = value
      continue
    }
    if (value.trim() === '') {
      if (field.required && field.kind !== 'string' && field.kind !== 'long') result.errors[field.name] = REQUIRED
      else if (field.required && value === '') result.errors[field.name] = REQUIRED
      else if (value !== '') result.input[field.name] = value
      continue
    }
    const read = readValue(field, value, properties[field.name]?.enum)
    if ('error' in read) result.errors[field.name] = read.error
    else result.input[field.name] = read.value
  }
  return result
}

function readValue(field: FormField, text: string, options?: unknown[]): { value: unknown } | { error: string } {
  switch (field.kind) {
    case 'integer': {
      if (!/^[+-]?\d+$/.test(text.trim())) return { error: `${text} is not a whole number.` }
      const value = Number(text)
      return Number.isSafeInteger(value)
        ? { value }
        : { error: 'This number is too large for the form; use the JSON tab.' }
    }
    case 'number': {
      const value = Number(text)
      return Number.isFinite(value) ? { value } : { error: `${text} is not a number.` }
    }
    case 'enum': {
      const found = options?.find((option) => (typeof option === 'string' ? option : JSON.stringify(option)) === text)
      return { value: found === undefined ? text : found }
    }
    case 'json': {
      const typed = readJson(text)
      return 'fault' in typed ? { error: faultWords(typed.fault) } : typed
    }
    default:
      return { value: text }
  }
}
