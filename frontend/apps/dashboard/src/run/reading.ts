// Whether the journal is loaded up to the state of the run's row. Until then the page shows the row: a partial journal
// would show a finished run as in progress, and ended stages as not started.

import type { Status } from '@flowmason/ui'
import { isOver } from './journal.ts'

export interface Reading {
  read: number
  of: number
}

/** Undefined once the journal is loaded; it then takes precedence, since it may be ahead of the row. */
export function readingOf(
  row: { lastSeq: number; status: Status } | undefined,
  seq: number,
  /** Whether the page has caught up once, or the server said that there are no more events. */
  settled: boolean,
): Reading | undefined {
  if (!row || seq >= row.lastSeq) return undefined
  if (settled && !isOver(row.status)) return undefined
  return { read: seq, of: row.lastSeq }
}

export const readingWords = ({ read, of }: Reading): string =>
  read === 0 ? 'Not loaded yet' : `Loading the events: ${read.toLocaleString('en')} of ${of.toLocaleString('en')}`
