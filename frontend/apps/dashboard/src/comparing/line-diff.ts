// What differs between two long texts, line by line. The words that differ are found by the comparison that the editor
// uses for merging (editing/text-diff.ts).

import { diff } from '../editing/text-diff.ts'

export interface DiffLine {
  /** `gap`: lines that are the same and are left out. */
  kind: 'same' | 'before' | 'after' | 'gap'
  text: string
}

/** How many unchanged lines are shown around a change. */
const AROUND = 2

/** A part of the texts that differs, in whole lines. */
interface Part {
  from: number
  to: number
  /** The place in the newer text. */
  newFrom: number
  newTo: number
}

const startOfLine = (text: string, at: number) => (at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1)
function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function partsOf(before: string, after: string): Part[] {
  const parts: Part[] = []
  let shift = 0
  for (const { from, to, insert } of diff(before, after)) {
    const last = parts.at(-1)
    const start = startOfLine(before, from)
    const end = endOfLine(before, to)
    const moved = shift + insert.length - (to - from)
    if (last && from <= last.to) {
      last.to = Math.max(last.to, end)
      last.newTo = last.to + moved
    } else parts.push({ from: start, to: end, newFrom: start + shift, newTo: end + moved })
    shift = moved
  }
  return parts
}

/** The lines of both texts; those that are the same are shown around changes only. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const lines: DiffLine[] = []
  let at = 0
  const parts = partsOf(before, after)
  for (const [index, { from, to, newFrom, newTo }] of parts.entries()) {
    if (from > at) lines.push(...context(before.slice(at, from - 1).split('\n'), index > 0, true))
    lines.push(...changed(before.slice(from, to).split('\n'), after.slice(newFrom, newTo).split('\n')))
    at = to + 1
  }
  if (at < before.length) lines.push(...context(before.slice(at).split('\n'), parts.length > 0, false))
  return lines
}

/** Lines between two changes, or before the first one or after the last one. */
function context(lines: readonly string[], changeBefore: boolean, changeAfter: boolean): DiffLine[] {
  const head = changeBefore ? AROUND : 0
  const tail = changeAfter ? AROUND : 0
  const same = (text: string): DiffLine => ({ kind: 'same', text })
  const left = lines.length - head - tail
  // A gap of one line would be as long as the line.
  if (left <= 1) return lines.map(same)
  return [
    ...lines.slice(0, head).map(same),
    { kind: 'gap', text: `${left.toLocaleString('en')} lines` },
    ...(tail > 0 ? lines.slice(-tail).map(same) : []),
  ]
}

/** The older lines, then the newer ones; lines at both ends that are the same are no change. */
function changed(before: readonly string[], after: readonly string[]): DiffLine[] {
  let [start, end] = [0, 0]
  const least = Math.min(before.length, after.length)
  while (start < least && before[start] === after[start]) start++
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const of =
    (kind: DiffLine['kind']) =>
    (text: string): DiffLine => ({ kind, text })
  return [
    ...before.slice(0, start).map(of('same')),
    ...before.slice(start, before.length - end).map(of('before')),
    ...after.slice(start, after.length - end).map(of('after')),
    ...before.slice(before.length - end).map(of('same')),
  ]
}
