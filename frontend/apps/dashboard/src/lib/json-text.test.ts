import { expect, test } from 'vitest'
import { faultWords, readJson } from './json-text.ts'

const words = (text: string): string => {
  const read = readJson(text)
  return 'fault' in read ? faultWords(read.fault) : `read: ${JSON.stringify(read.value)}`
}

test('what is JSON is read as it is', () => {
  for (const text of ['{"a": [1, -0.5e3, "x\\u00e9", true, null]}', ' [] ', '"text"', '0'])
    expect(readJson(text)).toEqual({ value: JSON.parse(text) })
})

test.each([
  ['', 1, 1, 'a value was expected, but the text ends here'],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or "}" was expected, but this is a quotation mark'],
  ['{\n  "a": 1,\n}', 2, 9, 'there is a comma too many before "}"'],
  ['[1, 2', 1, 6, 'a comma or "]" was expected, but the text ends here'],
  ['{a: 1}', 1, 2, 'a name in double quotation marks was expected, but this is "a"'],
  ['{"a" 1}', 1, 6, 'a colon after the name was expected, but this is "1"'],
  ['{"a": }', 1, 7, 'a value was expected, but this is "}"'],
  ["{'a': 1}", 1, 2, 'a name in double quotation marks was expected, but this is "\'"'],
  ["['a']", 1, 2, 'texts stand in double quotation marks, not in single ones'],
  ['[hello]', 1, 2, '"hello" is not a value of JSON; a text stands in double quotation marks'],
  ['[True]', 1, 2, '"True" is written in lower case: true'],
  ['[01]', 1, 2, '"01" is not a number of JSON, which has no zero in front'],
  ['[.5]', 1, 2, '".5" is not a number of JSON; write the zero before the point'],
  ['[1] x', 1, 5, 'the JSON has ended here, but "x" follows'],
  ['["a]', 1, 2, 'this text has no quotation mark at its end'],
  ['["a\nb"]', 1, 4, 'a text cannot contain a line break; write it as \\n, or end the text with a quotation mark'],
  ['["C:\\dir"]', 1, 5, '"\\d" is not an escape of JSON; write a backslash as \\\\'],
  ['// note\n1', 1, 1, 'JSON has no comments'],
])('%j is told with line %i, column %i', (text, line, column, expected) => {
  expect(words(text)).toBe(`This is not JSON. Line ${line}, column ${column}: ${expected}.`)
})

test('whatever the browser refuses has a place, also what is nested too deeply', () => {
  const deep = '['.repeat(200_000)
  const read = readJson(deep)
  expect('fault' in read && read.fault.line).toBe(1)
})
