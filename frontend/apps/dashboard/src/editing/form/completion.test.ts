import { expect, test } from 'vitest'
import { completed, fitting, prefixAt } from './completion.ts'
import { namesIn } from './last-output.ts'
import { before, namesAt } from './visible.ts'

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

const shape = (id: string, component: string, dependsOn: string[] = [], parent?: string, branch?: string) => ({
  id,
  component,
  dependsOn,
  parent,
  branch,
})

test('a stage reads those that it waits for, and inner stages what the control stage reads', () => {
  const shapes = [
    shape('a', 'http_request'),
    shape('b', 'filter', ['a']),
    shape('each', 'foreach', ['b']),
    shape('in', 'generator', [], 'each', 'loop'),
    shape('after', 'logger', ['in'], 'each', 'loop'),
    shape('other', 'logger'),
  ]
  expect(before(shapes, 'b').ended).toEqual(['a'])
  expect(before(shapes, 'after')).toEqual({ ended: ['in', 'each', 'b', 'a'], around: ['each'] })
  expect(before(shapes, 'gone')).toEqual({ ended: [], around: [] })
})

test('catch stages read the try stages, and a circle ends', () => {
  const shapes = [
    shape('try', 'trycatch'),
    shape('risky', 'http_request', [], 'try', 'try'),
    shape('mend', 'logger', [], 'try', 'catch'),
    shape('x', 'logger', ['y']),
    shape('y', 'logger', ['x']),
  ]
  expect(before(shapes, 'mend').ended).toEqual(['try', 'risky'])
  expect(before(shapes, 'x').ended).toEqual(['y'])
})

test('what is offered are inputs, outputs with their fields, and the names of the loop', () => {
  const names = namesAt('in', {
    shapes: [
      shape('load news', 'http-request'),
      shape('set', 'variable_set'),
      shape('each', 'foreach', ['load news', 'set']),
      shape('in', 'generator', [], 'each', 'loop'),
    ],
    inputs: ['url'],
    stages: [
      { id: 'each', config: { item_variable: 'row' } },
      { id: 'set', config: { name: 'greeting', variables: { tone: 'warm' } } },
    ],
    components: [
      { name: 'http_request', outputSchema: { properties: { body: { description: 'The body. More.' } } } },
      { name: 'foreach', outputSchema: {} },
      { name: 'variable_set', outputSchema: {} },
    ],
  })
  expect(names.map(({ text }) => text)).toEqual([
    'context.row',
    'context.index',
    'input',
    'input.url',
    'upstream.each',
    "upstream['load news']",
    "upstream['load news'].body",
    'upstream.set',
    'context.greeting',
    'context.tone',
  ])
  expect(names.find(({ text }) => text.endsWith('.body'))?.about).toBe('The body')
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
