import { expect, test } from 'vitest'
import { renamedIn } from './references.ts'

const renames = new Map([
  ['fetch', 'fetch-2'],
  ['two words', 'two words-2'],
])
const known = new Set(['fetch', 'fetch-all', 'two words'])
const of = (text: string) => renamedIn(text, renames, known)

test('a reference is renamed in every spelling', () => {
  expect(of('{{upstream.fetch.body}}')).toBe('{{upstream.fetch-2.body}}')
  expect(of('{{ upstream . fetch | length }}')).toBe('{{ upstream . fetch-2 | length }}')
  expect(of("upstream['fetch'].body == 1")).toBe("upstream['fetch-2'].body == 1")
  expect(of('{{upstream["two words"].x}}')).toBe('{{upstream["two words-2"].x}}')
  expect(of('{{fetch.body}} and {{ len(fetch) }}')).toBe('{{fetch-2.body}} and {{ len(fetch-2) }}')
  expect(of('upstream.fetch.count > 2')).toBe('upstream.fetch-2.count > 2')
})

test('what only looks like one stays', () => {
  for (const text of [
    'fetch the page',
    '{{upstream.fetch-all.body}}',
    '{{input.fetch}}',
    '{{upstream.other.fetch}}',
    "{{ 'fetch' }}",
    '{{ {fetch: 1} }}',
    '{{ fetch(1) }}',
    '{{ prefetch }}',
  ])
    expect(of(text)).toBe(text)
})

test('a name with a minus after it is renamed if there is no longer one', () => {
  expect(of('{{upstream.fetch-x}}')).toBe('{{upstream.fetch-2-x}}')
})

test('a long text that is made to be slow is read once', () => {
  for (const part of ['{{', "upstream['", '{{"\\"'])
    expect(of(part.repeat(100_000 / part.length))).toHaveLength(Math.floor(100_000 / part.length) * part.length)
  expect(of('}}{{fetch}}{{')).toBe('}}{{fetch-2}}{{')
})
