import { expect, test, vi } from 'vitest'
import { completed, fitting, prefixAt } from './completion.ts'
import { namesIn } from './last-output.ts'
import { outputOf } from './use-visible.ts'

vi.mock('../../api.ts', () => ({ api: {} }))

const at = (text: string) => prefixAt(text.replace('|', ''), text.indexOf('|'))

test('a name is completed inside of a template only', () => {
  expect(at('Hi |')).toBeUndefined()
  expect(at('{{input.a}} |')).toBeUndefined()
  expect(at('Hi {{|')).toEqual({ from: 5, name: '' })
  expect(at('{{ input.cu|')).toEqual({ from: 3, name: 'input.cu' })
  expect(at('{{ len(upstream.fet|) }}')).toEqual({ from: 7, name: 'upstream.fet' })
  expect(at("{{upstream['a b'].rows[0].na|")).toEqual({ from: 2, name: "upstream['a b'].rows[0].na" })
  expect(at('{{ "a|')).toBeUndefined()
})

test('a name that is put in closes the template if it is open', () => {
  const put = (text: string, name: string) => {
    const cursor = text.indexOf('|')
    const plain = text.replace('|', '')
    const prefix = prefixAt(plain, cursor)
    if (!prefix) throw new Error('no prefix')
    const made = completed(plain, cursor, prefix, name)
    return `${made.text.slice(0, made.cursor)}|${made.text.slice(made.cursor)}`
  }
  expect(put('Hi {{in| you', 'input.a')).toBe('Hi {{input.a}}| you')
  expect(put('Hi {{ in| you', 'input.a')).toBe('Hi {{ input.a }}| you')
  expect(put('Hi {{ in| }} you', 'input.a')).toBe('Hi {{ input.a| }} you')
  expect(put('{{in| and {{b}}', 'input.a')).toBe('{{input.a}}| and {{b}}')
})

test('names that begin with what is typed come first, and the nearest level before deeper ones', () => {
  const names = ['upstream.fetch.body', 'upstream.fetch', 'input', 'input.fetch'].map((text) => ({ text, about: '' }))
  expect(fitting(names, { from: 0, name: 'upstream.' }).map(({ text }) => text)).toEqual([
    'upstream.fetch',
    'upstream.fetch.body',
  ])
  expect(fitting(names, { from: 0, name: 'fetch' }).map(({ text }) => text)).toEqual([
    'upstream.fetch.body',
    'upstream.fetch',
    'input.fetch',
  ])
})

test('the output of which a field is typed is that of the stage', () => {
  const found = [
    { text: 'input.fetch', stage: null, about: '' },
    { text: 'upstream.fetch', stage: 'fetch', about: '' },
    { text: 'upstream.fetch.body', stage: 'fetch', about: '' },
    { text: "upstream['two words']", stage: 'two words', about: '' },
  ]
  expect(outputOf(found, 'upstream.fetch.body.na')).toEqual({ stage: 'fetch', text: 'upstream.fetch' })
  expect(outputOf(found, "upstream['two words'].b")?.stage).toBe('two words')
  expect(outputOf(found, 'upstream.fet')).toBeUndefined()
  expect(outputOf(found, 'input.fetch.x')).toBeUndefined()
})

test('the fields of the last output are offered with what they were, three levels deep', () => {
  const output = { status: 200, body: { items: [{ id: 1 }, { id: 2 }] }, 'odd name': 'x'.repeat(100), list: [] }
  const names = namesIn(output, 'upstream.fetch')
  expect(names.map(({ text }) => text)).toEqual([
    'upstream.fetch.status',
    'upstream.fetch.body',
    'upstream.fetch.body.items',
    'upstream.fetch.body.items[0]',
    "upstream.fetch['odd name']",
    'upstream.fetch.list',
  ])
  expect(names[0]?.about).toBe('last run: 200')
  expect(names[2]?.about).toBe('last run: a list of 2')
  expect(names[4]?.about.length).toBeLessThan(80)
  expect(namesIn(undefined, 'upstream.fetch')).toEqual([])
})
