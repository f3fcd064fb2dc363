import { expect, test } from 'vitest'
import { inLines, tableOf, textOf } from './input-start.ts'

const start = (rows: unknown[], cut?: number): string => {
  const text = JSON.stringify({ rows })
  return cut === undefined ? text : text.slice(0, cut)
}
const texts = (table: ReturnType<typeof tableOf>) => table?.rows.map((row) => row.map((cell) => cell?.text))

test('rows become a table with the columns of all of them', () => {
  const table = tableOf(
    start([
      { id: 1, name: 'a, "b"' },
      { id: 2, extra: { x: [1, 2] } },
    ]),
  )
  expect(table?.columns.map((column) => column.name)).toEqual(['id', 'name', 'extra'])
  expect(texts(table)).toEqual([
    ['1', 'a, "b"', undefined],
    ['2', undefined, '{"x":[1,2]}'],
  ])
})

test('wherever the start is cut off, only whole rows are shown and nothing fails', () => {
  const rows = [
    { id: 1, name: 'a \\ "é"' },
    { id: 2, name: 'x' },
    { id: 3, name: '' },
  ]
  const whole = start(rows)
  for (let cut = 0; cut <= whole.length; cut++) {
    const table = tableOf(whole.slice(0, cut))
    const full = texts(table)?.filter((row) => row.length === 2 && row[1] !== undefined) ?? []
    expect(full).toEqual(rows.slice(0, full.length).map((row) => [String(row.id), row.name]))
  }
})

test('numbers are shown digit for digit', () => {
  expect(texts(tableOf('{"rows":[{"n":12345678901234567890},{"n":1.50}]}'))).toEqual([
    ['12345678901234567890'],
    ['1.50'],
  ])
})

test('a column has the type of its values, and deviating values are marked', () => {
  const table = tableOf(
    start([
      { amount: '12.50', note: 'x', day: 1, on: true, void: null },
      { amount: 'n/a', note: ' y', day: 2, on: false, void: '' },
      { amount: '7', note: 'z\ufffd', day: 'three', on: true, void: null },
      { amount: '1,200.00', note: 'w', day: 4, on: true, void: null },
    ]),
  )
  expect(table?.columns.map((column) => column.type)).toEqual(['text', 'text', 'number', 'true or false', 'empty'])
  const odd = table?.rows.map((row) => row.map((cell) => cell?.odd !== undefined))
  expect(odd).toEqual([
    [false, false, false, false, false],
    [true, true, false, false, false],
    [false, true, true, false, false],
    [false, false, false, false, false],
  ])
})

test('a list of other values is not a table', () => {
  for (const text of ['{"rows":[1,2]}', '{"rows":[]}', '{"text":"a"}', '{"a":{"rows":[{}]}}', ''])
    expect(tableOf(text)).toBeUndefined()
})

test('a text is shown as a text, also when it is cut off in the middle of an escape', () => {
  expect(textOf('{"text":"a\\nb"}')).toBe('a\nb')
  for (const cut of ['{"text":"a\\n', '{"text":"a\\n\\', '{"text":"a\\n\\u', '{"text":"a\\n\\u00e'])
    expect(textOf(cut)).toBe('a\n')
  expect(textOf('{"text":"a\\\\')).toBe('a\\')
  expect(textOf('{"text":"a","more":1}')).toBeUndefined()
  expect(textOf('{"text":5}')).toBeUndefined()
})

test('JSON is indented as if written by hand, and may be cut off', () => {
  const value = { a: [1, { b: 'x: {,' }], c: {}, d: [] }
  expect(inLines(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
  expect(inLines('{"a":[1,{"b":"x')).toBe('{\n  "a": [\n    1,\n    {\n      "b": "x')
})
