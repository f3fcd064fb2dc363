import { expect, test } from 'vitest'
import { WHOLE, extentInput, inputOf } from './start.ts'

test('a request names at most one of the three ways to run a part', () => {
  expect(extentInput(WHOLE)).toEqual({})
  expect(extentInput({ kind: 'upTo', stage: 'a' })).toEqual({ upTo: 'a' })
  expect(extentInput({ kind: 'only', stage: 'a' })).toEqual({ only: 'a' })
})

test('the form is made from what the text of the draft declares', () => {
  const text = '{"input_schema": {"properties": {"q": {}}}, "example_input": {"q": 1}}'
  expect(inputOf(text)).toEqual({ inputSchema: { properties: { q: {} } }, sampleInput: { q: 1 } })
  expect(inputOf('{"input_schema": ')).toEqual({})
  expect(inputOf('[]')).toEqual({ inputSchema: undefined })
})
