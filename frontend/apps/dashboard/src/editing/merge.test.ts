import { expect, test } from 'vitest'
import { conflictsIn, isConflict, merge, mergedText, resolved } from './merge.ts'

const file = (one: string, two: string) =>
  JSON.stringify(
    {
      name: 'p',
      stages: [
        { id: 'one', data: one },
        { id: 'two', data: two },
      ],
    },
    null,
    2,
  )

test('changes of different places are both kept', () => {
  expect(mergedText(file('a', 'b'), file('x', 'b'), file('a', 'y'))).toBe(file('x', 'y'))
})

test('the same change by both is made once', () => {
  expect(mergedText(file('a', 'b'), file('x', 'b'), file('x', 'b'))).toBe(file('x', 'b'))
  expect(mergedText(file('a', 'b'), file('x', 'y'), file('x', 'z'))).toBeUndefined()
})

test('where one changed nothing, the other is right', () => {
  const [base, other] = [file('a', 'b'), file('x', 'b')]
  expect(mergedText(base, base, other)).toBe(other)
  expect(mergedText(base, other, base)).toBe(other)
})

test('a value that both changed differently is kept from both sides, and the rest is merged', () => {
  const parts = merge(file('a', 'b'), file('mine', 'b2'), file('theirs', 'b'))
  expect(parts.filter(isConflict)).toEqual([{ base: '"a"', mine: '"mine"', theirs: '"theirs"' }])
  expect(resolved(parts, ['mine'])).toBe(file('mine', 'b2'))
  expect(resolved(parts, ['theirs'])).toBe(file('theirs', 'b2'))
  expect(resolved(parts, [{ text: '"both"' }])).toBe(file('both', 'b2'))
  expect(resolved(parts, [])).toBe(file('mine', 'b2'))
})

test('of two insertions at the same place nobody knows which is first', () => {
  expect(mergedText('[1]', '[1,2]', '[1,3]')).toBeUndefined()
})

test('a removal and a change inside what was removed meet', () => {
  const base = file('a', 'b')
  const without = JSON.stringify({ name: 'p', stages: [{ id: 'one', data: 'a' }] }, null, 2)
  expect(mergedText(base, without, file('a', 'y'))).toBeUndefined()
})

test('a conflict is shown in its line', () => {
  const parts = merge(file('a', 'b'), file('mine', 'b'), file('theirs', 'b'))
  expect(conflictsIn(parts)).toEqual([
    {
      conflict: { base: '"a"', mine: '"mine"', theirs: '"theirs"' },
      line: 6,
      before: '      "data": ',
      after: '',
    },
  ])
})
