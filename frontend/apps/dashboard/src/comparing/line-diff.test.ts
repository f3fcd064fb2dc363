import { expect, test } from 'vitest'
import { type DiffLine, lineDiff } from './line-diff.ts'

const sign = { same: ' ', before: '-', after: '+', gap: '…' }
const shown = (before: string, after: string) => lineDiff(before, after).map(({ kind, text }) => sign[kind] + text)
/** One of the texts again, from its lines. Only for texts without a gap. */
const side = (lines: readonly DiffLine[], kind: 'before' | 'after') =>
  lines
    .filter((each) => each.kind === kind || each.kind === 'same')
    .map(({ text }) => text)
    .join('\n')

test('a changed word marks its line and no other', () => {
  expect(shown('one\ntwo words\nthree', 'one\ntwo cats\nthree')).toEqual([' one', '-two words', '+two cats', ' three'])
})

test('new and removed lines are marked alone', () => {
  expect(shown('a\nb', 'a\nb\nc')).toEqual([' a', ' b', '+c'])
  expect(shown('a\nb\nc', 'a\nc')).toEqual([' a', '-b', ' c'])
  expect(shown('\na', 'x\n\na').filter((line) => line !== ' ' && line !== ' a')).toEqual(['+x'])
})

test('unchanged lines far from a change are left out and counted', () => {
  const before = Array.from({ length: 20 }, (_, at) => `line ${at}`).join('\n')
  const after = before.replace('line 10', 'other')
  expect(shown(before, after)).toEqual([
    '…8 lines',
    ' line 8',
    ' line 9',
    '-line 10',
    '+other',
    ' line 11',
    ' line 12',
    '…7 lines',
  ])
})

test('the lines give both texts again', () => {
  const texts = ['', 'a', 'a\n', 'a\nb', 'b\na\n', '\n\n', 'one two\nthree four', 'one\ntwo three\nfour', 'x\n\ny']
  for (const before of texts) {
    for (const after of texts) {
      const lines = lineDiff(before, after)
      if (before === after) continue
      const trimmed = (text: string) => text.replace(/\n$/, '')
      expect(trimmed(side(lines, 'before'))).toBe(trimmed(before))
      expect(trimmed(side(lines, 'after'))).toBe(trimmed(after))
    }
  }
})
