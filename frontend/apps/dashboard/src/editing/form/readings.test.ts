import { expect, test } from 'vitest'
import { boundsWords, lineOf, optionOf, readJsonText, readNumber, readOption, readText } from './readings.ts'

test('a number is read with its bounds, and a template stays a text', () => {
  expect(readNumber(' 0.4 ', false, { minimum: 0, maximum: 2 })).toEqual({ value: 0.4 })
  expect(readNumber('1e3', true, {})).toEqual({ value: 1000 })
  expect(readNumber('', false, {})).toEqual({ none: true })
  expect(readNumber('{{input.n}}', true, { maximum: 2 })).toEqual({ value: '{{input.n}}' })
  expect(readNumber('3', false, { minimum: 0, maximum: 2 })).toEqual({ fault: 'This takes a number from 0 to 2.' })
  expect(readNumber('1.5', true, {})).toEqual({ fault: '1.5 is not a whole number.' })
  expect(readNumber('many', false, {})).toEqual({ fault: 'many is not a number.' })
  expect(readNumber('0x10', false, {})).toEqual({ fault: '0x10 is not a number.' })
  expect(readNumber('12345678901234567890', true, {})).toHaveProperty('fault')
})

test('bounds are said in words', () => {
  expect(boundsWords({ minimum: 1 })).toBe('a number of at least 1')
  expect(boundsWords({ exclusiveMinimum: 0 })).toBe('a number above 0')
  expect(boundsWords({ maximum: 9 })).toBe('a number of at most 9')
  expect(boundsWords({ exclusiveMinimum: 0, maximum: 1 })).toBe('a number above 0 and of at most 1')
  expect(boundsWords({})).toBe('a number')
})

test('an emptied text is removed, unless an empty text is to stay', () => {
  expect(readText(false)('')).toEqual({ none: true })
  expect(readText(true)('')).toEqual({ value: '' })
  expect(readText(false)(' ')).toEqual({ value: ' ' })
  expect(lineOf(null)).toBe('')
  expect(lineOf([1])).toBe('[1]')
})

test('options keep their type, and another spelling means the same if the component allows it', () => {
  expect(readOption('true', [true, false])).toEqual({ value: true })
  expect(readOption('', [true, false])).toEqual({ none: true })
  expect(optionOf('post', ['GET', 'POST'], true)).toBe('POST')
  expect(optionOf('post', ['GET', 'POST'], false)).toBe('post')
  expect(optionOf(true, [true, 'true'], false)).toBe('true')
})

test('JSON that cannot be read says where', () => {
  expect(readJsonText('{"a": [1]}')).toEqual({ value: { a: [1] } })
  expect(readJsonText('  ')).toEqual({ none: true })
  expect(readJsonText('{\n  "a": }')).toMatchObject({ fault: expect.stringMatching(/Line 2, column 8/) as string })
})
