import { describe, expect, test } from 'vitest'
import { applied, diff, shrink } from './text-diff.ts'

const file = (values: Record<string, string>) =>
  JSON.stringify({ stages: Object.entries(values).map(([id, data]) => ({ id, config: { data } })) }, null, 2)

/** The same numbers each time. */
function numbers(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

describe('the difference of two texts', () => {
  test('is nothing between equal texts', () => {
    expect(diff('{ "a": 1 }', '{ "a": 1 }')).toEqual([])
  })

  test('has whole strings, so that two changes of one string are at the same place', () => {
    expect(diff('{"a": "one two"}', '{"a": "one three"}')).toEqual([{ from: 6, to: 15, insert: '"one three"' }])
  })

  test('names each changed place, and nothing between them', () => {
    const before = file({ one: 'a', two: 'b', three: 'c' })
    const after = file({ one: 'x', two: 'b', three: 'z' })
    expect(diff(before, after).map(({ insert }) => insert)).toEqual(['"x"', '"z"'])
  })

  test('leads to the other text, for any two texts', () => {
    const next = numbers(7)
    const words = ['{', '}', '"a"', '"b c"', ':', ',', '\n  ', ' ', 'true', '12.5', '"unfinished', 'ü', '🙂']
    const text = () => Array.from({ length: next(30) }, () => words[next(words.length)]).join('')
    for (let round = 0; round < 2000; round++) {
      const [before, after] = [text(), text()]
      const changes = diff(before, after)
      expect(applied(before, changes)).toBe(after)
      expect(applied(before, shrink(before, changes))).toBe(after)
      for (const [at, change] of changes.entries()) expect(change.from).toBeGreaterThan(changes[at - 1]?.to ?? -1)
    }
  })

  test('of texts with little in common is one change', () => {
    const long = (word: string) => Array.from({ length: 3000 }, (_, at) => `${word}${at}`).join(' ')
    const [before, after] = [`[ ${long('a')} ]`, `[ ${long('b')} ]`]
    expect(diff(before, after)).toHaveLength(1)
    expect(applied(before, diff(before, after))).toBe(after)
  })
})

test('for a cursor, only the letters that differ are replaced', () => {
  const [before, after] = ['{"a": "one two"}', '{"a": "one three"}']
  expect(shrink(before, diff(before, after))).toEqual([{ from: 12, to: 14, insert: 'hree' }])
})
