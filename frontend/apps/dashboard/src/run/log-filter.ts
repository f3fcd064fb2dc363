// Filters log lines, and identifies a line in a link.

import type { LogEntry } from './journal.ts'

export const levels = ['all', 'info', 'warn', 'error'] as const
export type Level = (typeof levels)[number]

const rank = (level: string): number => {
  const lower = level.toLowerCase()
  if (lower === 'error' || lower === 'fatal' || lower === 'critical') return 3
  if (lower === 'warn' || lower === 'warning') return 2
  return lower === 'debug' || lower === 'trace' ? 0 : 1
}

export interface NamedLine {
  /** `12.0`: the event and the line's index in it. It never changes, so it can be used in a link. */
  id: string
  entry: LogEntry
}

export function namedLines(logs: readonly LogEntry[]): NamedLine[] {
  let [seq, at] = [-1, 0]
  return logs.map((entry) => {
    at = entry.seq === seq ? at + 1 : 0
    seq = entry.seq
    return { id: `${entry.seq}.${at}`, entry }
  })
}

/** Lines of this level or worse that contain the text, ignoring case. */
export function filterLines(lines: readonly NamedLine[], level: Level, search: string): readonly NamedLine[] {
  const wanted = search.trim().toLowerCase()
  const least = { all: 0, info: 1, warn: 2, error: 3 }[level]
  if (!wanted && least === 0) return lines
  return lines.filter(
    ({ entry }) =>
      rank(entry.level) >= least &&
      (!wanted || `${entry.address} ${entry.level} ${entry.message}`.toLowerCase().includes(wanted)),
  )
}
