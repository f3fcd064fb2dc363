// Whether the journal has been read as far as the server had it. Until then the page says what the run's row says:
// a part of the journal would show a finished run as one that goes on, and stages that ended as not started.

import type { Status } from '@flowmason/ui'
import { isOver } from './journal.ts'

export interface Reading {
  read: number
  of: number
}

/** Absent once there is nothing left to be read: then the journal leads, and it may be ahead of the row. */
export function readingOf(
  row: { lastSeq: number; status: Status } | undefined,
  seq: number,
  /** The page had caught up once, or the server said that there is no more. */
  settled: boolean,
): Reading | undefined {
  if (!row || seq >= row.lastSeq) return undefined
  if (settled && !isOver(row.status)) return undefined
  return { read: seq, of: row.lastSeq }
}

export const readingWords = ({ read, of }: Reading): string =>
  read === 0 ? 'Not loaded yet' : `Loading the events: ${read.toLocaleString('en')} of ${of.toLocaleString('en')}`
