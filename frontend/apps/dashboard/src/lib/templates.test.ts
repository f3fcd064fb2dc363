import { expect, test } from 'vitest'
import { splitTemplates } from './templates.ts'

test('text and templates alternate', () => {
  expect(splitTemplates('Ticket {{input.id}} from {{ input.customer }}:\n')).toEqual([
    { text: 'Ticket ' },
    { template: 'input.id' },
    { text: ' from ' },
    { template: 'input.customer' },
    { text: ':\n' },
  ])
})

test('a text that is one template is one chip', () => {
  expect(splitTemplates('{{upstream.a-b.result[0].x}}')).toEqual([{ template: 'upstream.a-b.result[0].x' }])
})

test('braces inside quotes and dicts do not end a template', () => {
  expect(splitTemplates('{{ {"a": {"b": 1}}["a"] }}!')).toEqual([{ template: '{"a": {"b": 1}}["a"]' }, { text: '!' }])
  expect(splitTemplates('{{ input.x or "}}" }}')).toEqual([{ template: 'input.x or "}}"' }])
  expect(splitTemplates(String.raw`{{ 'it\'s }}' }}`)).toEqual([{ template: String.raw`'it\'s }}'` }])
})

test('an unclosed template stays text', () => {
  expect(splitTemplates('a {{b')).toEqual([{ text: 'a {{b' }])
  expect(splitTemplates('{{a}} and {{b')).toEqual([{ template: 'a' }, { text: ' and {{b' }])
  expect(splitTemplates('{{ a } b }}')).toEqual([{ text: '{{ a } b }}' }])
})

test('an empty text has no parts', () => {
  expect(splitTemplates('')).toEqual([])
})
