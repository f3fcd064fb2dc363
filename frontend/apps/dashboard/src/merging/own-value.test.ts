import { expect, test } from 'vitest'
import { choiceOf, firstText } from './own-value.ts'
import type { Conflict } from './three-way.ts'

const conflict = (mine: unknown, theirs: unknown, more: Partial<Conflict> = {}): Conflict => ({
  key: 'k',
  kind: 'changed',
  stage: 'a',
  path: ['x'],
  base: undefined,
  mine,
  theirs,
  both: undefined,
  ...more,
})

test('a text is typed as it is, and everything else as JSON', () => {
  expect(firstText(conflict('a "b"', 'c'))).toBe('a "b"')
  expect(firstText(conflict(undefined, 'c'))).toBe('c')
  expect(firstText(conflict(['x'], 'c'))).toBe('[\n  "x"\n]')
  expect(choiceOf(conflict('a', 'c'), { text: '1' })).toEqual({ choice: { value: '1' } })
  expect(choiceOf(conflict(2, 'c'), { text: '1' })).toEqual({ choice: { value: 1 } })
  expect(choiceOf(conflict(2, 3), { text: '{' })).toHaveProperty('fault')
  expect(choiceOf(conflict(2, 3), 'theirs')).toEqual({ choice: 'theirs' })
})

test('a stage keeps its id', () => {
  const whole = conflict({ id: 'a' }, { id: 'a', x: 1 }, { path: [] })
  expect(choiceOf(whole, { text: '{"id": "a", "x": 2}' })).toEqual({ choice: { value: { id: 'a', x: 2 } } })
  expect(choiceOf(whole, { text: '{"id": "b"}' })).toEqual({ fault: 'A stage is an object with the id "a".' })
  expect(choiceOf(whole, { text: '1' })).toHaveProperty('fault')
})
