import { expect, test } from 'vitest'
import { isWithoutModel, requestOf, usageWords } from './words.ts'
import { writtenSummary } from './writing.ts'

test('a task that says what it wants by itself needs no words', () => {
  expect(requestOf('EXPLAIN', ' ')).toBe('Explain what this pipeline does.')
  expect(requestOf('SUGGEST', ' ')).toBeUndefined()
  expect(requestOf('OPTIMIZE', ' cost ')).toBe('cost')
})

test('a server that only has the answers of the examples has no model, unless somebody turns the co-pilot on with them', () => {
  expect(isWithoutModel({ enabled: false, providers: [] })).toBe(true)
  expect(isWithoutModel({ enabled: false, providers: ['scripted'] })).toBe(true)
  expect(isWithoutModel({ enabled: true, providers: ['scripted'] })).toBe(false)
  expect(isWithoutModel({ enabled: false, providers: ['scripted', 'openai'] })).toBe(false)
})

test('tokens and cost are said once they are known, and an unknown cost is said to be unknown', () => {
  const none = { provider: null, model: null, inputTokens: null, outputTokens: null, costUsd: null }
  expect(usageWords({ ...none, state: 'WRITING' })).toBe('the cost is shown at the end')
  expect(usageWords({ ...none, state: 'FAILED' })).toBe('cost unknown')
  const known = { provider: 'a', model: 'b', inputTokens: 1204, outputTokens: 1, costUsd: 0.0021 }
  expect(usageWords({ ...known, state: 'DONE' })).toBe('a, b · 1,204 tokens in, 1 out · $0.0021')
})

test('the summary of an answer is shown while it is written', () => {
  expect(writtenSummary('{"summ')).toBeUndefined()
  expect(writtenSummary('{\n  "summary": "It ')).toBe('It ')
  expect(writtenSummary(String.raw`{"summary": "a \"b\" \u00e4 \u00`)).toBe('a "b" ä ')
  expect(writtenSummary('{"summary": "a\\')).toBe('a')
  expect(writtenSummary('{"summary": "two\nlines", "pieces": [')).toBe('two\nlines')
})
