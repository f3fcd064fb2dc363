import { expect, test } from 'vitest'
import { filterLines, namedLines } from './log-filter.ts'

const lines = namedLines(
  [
    [3, 'debug', 'looked'],
    [3, 'INFO', 'read 4 rows'],
    [9, 'Warning', 'slow'],
    [9, 'error', 'Row 3 is broken'],
  ].map(([seq, level, message]) => ({ seq, level, message, at: 0, address: 'a' }) as never),
)
const shown = (level: 'all' | 'info' | 'warn' | 'error', search = '') =>
  filterLines(lines, level, search).map((each) => each.id)

test('a line is identified by its event and its index', () => {
  expect(lines.map((each) => each.id)).toEqual(['3.0', '3.1', '9.0', '9.1'])
})

test('a level includes worse levels, however they are spelled', () => {
  expect(shown('all')).toHaveLength(4)
  expect(shown('info')).toEqual(['3.1', '9.0', '9.1'])
  expect(shown('warn')).toEqual(['9.0', '9.1'])
  expect(shown('error')).toEqual(['9.1'])
})

test('level and text filter together', () => {
  expect(shown('all', 'ROW')).toEqual(['3.1', '9.1'])
  expect(shown('warn', 'row')).toEqual(['9.1'])
})
