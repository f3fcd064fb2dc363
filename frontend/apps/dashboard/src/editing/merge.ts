// Brings two texts together that were made of the same one. Where both changed the same differently, both sides are
// kept for somebody to choose.

import { type TextChange, applied, diff } from './text-diff.ts'

/** A part of the merged text, or a place where somebody has to choose. */
export type Part = { text: string } | TextConflict

export interface TextConflict {
  /** What both started from. */
  base: string
  mine: string
  theirs: string
}

/** What becomes of a place where both sides differ: one of them, or another text. */
export type Choice = 'mine' | 'theirs' | { text: string }

export const isConflict = (part: Part): part is TextConflict => 'mine' in part

/** The merged text in parts, in order. */
export function merge(base: string, mine: string, theirs: string): Part[] {
  if (mine === theirs || theirs === base) return [{ text: mine }]
  if (mine === base) return [{ text: theirs }]
  const made: Part[] = []
  let at = 0
  for (const { from, to, own, other } of groups(diff(base, mine), diff(base, theirs))) {
    if (from > at) made.push({ text: base.slice(at, from) })
    const side = (changes: readonly TextChange[]) =>
      applied(
        base.slice(from, to),
        changes.map((change) => ({ ...change, from: change.from - from, to: change.to - from })),
      )
    const [left, right] = [side(own), side(other)]
    if (own.length === 0 || left === right) made.push({ text: right })
    else if (other.length === 0) made.push({ text: left })
    else made.push({ base: base.slice(from, to), mine: left, theirs: right })
    at = to
  }
  if (at < base.length) made.push({ text: base.slice(at) })
  return made
}

/** The merged text, or undefined if both changed the same differently. */
export function mergedText(base: string, mine: string, theirs: string): string | undefined {
  const parts = merge(base, mine, theirs)
  return parts.some(isConflict) ? undefined : resolved(parts, [])
}

/** The text with what was chosen at each conflict; where nothing was chosen yet, mine. */
export function resolved(parts: readonly Part[], choices: readonly (Choice | undefined)[]): string {
  let conflict = 0
  return parts.map((part) => (isConflict(part) ? chosen(part, choices[conflict++]) : part.text)).join('')
}

export function chosen(conflict: TextConflict, choice: Choice | undefined): string {
  if (choice === undefined || choice === 'mine') return conflict.mine
  return choice === 'theirs' ? conflict.theirs : choice.text
}

/** A conflict with its line in the merged text, and what is before and after it there. */
export interface ConflictInLine {
  conflict: TextConflict
  line: number
  before: string
  after: string
}

const LONGEST_CONTEXT = 60

export function conflictsIn(parts: readonly Part[]): ConflictInLine[] {
  const whole = resolved(parts, [])
  const made: ConflictInLine[] = []
  let at = 0
  for (const part of parts) {
    const text = isConflict(part) ? part.mine : part.text
    if (isConflict(part)) {
      const upTo = whole.slice(0, at)
      made.push({
        conflict: part,
        line: upTo.split('\n').length,
        before: upTo.slice(upTo.lastIndexOf('\n') + 1).slice(-LONGEST_CONTEXT),
        after: (/^[^\n]*/.exec(whole.slice(at + text.length))?.[0] ?? '').slice(0, LONGEST_CONTEXT),
      })
    }
    at += text.length
  }
  return made
}

/** A range of the base that one side changed, or that both did. */
interface Group {
  from: number
  to: number
  own: TextChange[]
  other: TextChange[]
}

function groups(own: readonly TextChange[], other: readonly TextChange[]): Group[] {
  const all = [
    ...own.map((change) => ({ change, mine: true })),
    ...other.map((change) => ({ change, mine: false })),
  ].toSorted((a, b) => a.change.from - b.change.from || a.change.to - b.change.to)
  const made: Group[] = []
  for (const { change, mine } of all) {
    const last = made.at(-1)
    const group: Group = last && meets(last, change) ? last : { from: change.from, to: change.to, own: [], other: [] }
    if (group !== last) made.push(group)
    group.to = Math.max(group.to, change.to)
    if (mine) group.own.push(change)
    else group.other.push(change)
  }
  return made
}

/** Whether they overlap. Of two insertions at the same place, nobody knows which is first. */
const meets = (group: { from: number; to: number }, { from, to }: TextChange): boolean =>
  (from < group.to && group.from < to) || (from === to && from === group.from && to === group.to)
