// @vitest-environment happy-dom
import { act, renderHook } from '@testing-library/react'
import { expect, test } from 'vitest'
import { type VersionInput, useRunForm } from './use-run-form.ts'

const text = { type: 'string' }
const first: VersionInput = {
  inputSchema: { type: 'object', properties: { city: text } },
  sampleInput: { city: 'Bergen' },
}
const second: VersionInput = {
  inputSchema: { type: 'object', properties: { city: text, topic: text } },
  sampleInput: { city: 'Oslo', topic: 'rain' },
}
const none: VersionInput = { inputSchema: null, sampleInput: { any: 1 } }

const shown = (version: VersionInput) =>
  renderHook((props: { version: VersionInput }) => useRunForm(props.version, undefined, false), {
    initialProps: { version },
  })

test('the form follows the version, and keeps what was typed', () => {
  const { result, rerender } = shown(first)
  expect(result.current.fields.map(({ name }) => name)).toEqual(['city'])
  act(() => result.current.setValue('city', 'Tromsø'))
  rerender({ version: second })
  expect(result.current.fields.map(({ name }) => name)).toEqual(['city', 'topic'])
  let read: unknown
  act(() => {
    read = result.current.read()
  })
  expect(read).toEqual({ input: { city: 'Tromsø', topic: 'rain' } })
})

test('the sample of a version is its JSON until somebody types', () => {
  const { result, rerender } = shown(none)
  expect(result.current.tab).toBe('json')
  expect(JSON.parse(result.current.json)).toEqual({ any: 1 })
  rerender({ version: second })
  expect(JSON.parse(result.current.json)).toEqual({ city: 'Oslo', topic: 'rain' })
  act(() => result.current.setJson('{"city": "Bodø"}'))
  rerender({ version: none })
  expect(result.current.json).toBe('{"city": "Bodø"}')
})

test('a version without a form shows the JSON, and the form comes back with its version', () => {
  const { result, rerender } = shown(first)
  expect(result.current.tab).toBe('form')
  rerender({ version: none })
  expect(result.current.tab).toBe('json')
  rerender({ version: first })
  expect(result.current.tab).toBe('form')
})
