import { expect, test } from 'vitest'
import { faultWords, readJson } from './json-text.ts'

const words = (text: string): string => {
  const read = readJson(text)
  return 'fault' in read ? faultWords(read.fault) : `read: ${JSON.stringify(read.value)}`
}

test('valid JSON is read unchanged', () => {
  for (const text of ['{"a": [1, -0.5e3, "x\\u00e9", true, null]}', ' [] ', '"text"', '0'])
    expect(readJson(text)).toEqual({ value: JSON.parse(text) })
})

test.each([
  ['', 1, 1, 'a value was expected, but the text ends here'],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or "}" was expected, but this is a quotation mark'],
  ['{\n  "a": 1,\n}', 2, 9, 'there is an extra comma before "}"'],
  ['[1, 2', 1, 6, 'a comma or "]" was expected, but the text ends here'],
  ['{a: 1}', 1, 2, 'a name in double quotation marks was expected, but this is "a"'],
  ['{"a" 1}', 1, 6, 'a colon after the name was expected, but this is "1"'],
  ['{"a": }', 1, 7, 'a value was expected, but this is "}"'],
  ["{'a': 1}", 1, 2, 'a name in double quotation marks was expected, but this is "\'"'],
  ["['a']", 1, 2, 'strings need double quotation marks, not single ones'],
  ['[hello]', 1, 2, '"hello" is not a JSON value; strings need double quotation marks'],
  ['[True]', 1, 2, '"True" is written in lower case: true'],
  ['[01]', 1, 2, '"01" is not a JSON number; remove the leading zero'],
  ['[.5]', 1, 2, '".5" is not a JSON number; write a zero before the decimal point'],
  ['[1] x', 1, 5, 'the JSON ends here, but "x" follows'],
  ['["a]', 1, 2, 'this string has no closing quotation mark'],
  [
    '["a\nb"]',
    1,
    4,
    'a string cannot contain a line break; write it as \\n, or close the string with a quotation mark',
  ],
  ['["C:\\dir"]', 1, 5, '"\\d" is not a JSON escape; write a backslash as \\\\'],
  ['// note\n1', 1, 1, 'JSON has no comments'],
])('%j is reported at line %i, column %i', (text, line, column, expected) => {
  expect(words(text)).toBe(`This is not JSON. Line ${line}, column ${column}: ${expected}.`)
})

test('every error has a position, including JSON that is nested too deeply', () => {
  const deep = '['.repeat(200_000)
  const read = readJson(deep)
  expect('fault' in read && read.fault.line).toBe(1)
})
