// When a run began and ended, from one source for lists and pages: the run's row where it knows, so that all
// of them say the same; the journal while the row is still behind it.

export interface RunTimes {
  createdAt: string
  startedAt?: string | null
  finishedAt?: string | null
}

export interface Span {
  from: number | undefined
  /** Absent while the run goes on. */
  to: number | undefined
}

const time = (text: string | null | undefined): number | undefined => (text ? Date.parse(text) : undefined)

export function spanOf(run: RunTimes, over: boolean, journal?: { startedAt?: number; finishedAt?: number }): Span {
  const from = time(run.startedAt) ?? journal?.startedAt
  if (!over) return { from, to: undefined }
  // Cancelled in the queue: it ended without ever having begun.
  return { from, to: time(run.finishedAt) ?? journal?.finishedAt ?? from }
}

/** Milliseconds, for a run that is over. */
export function lengthOf({ from, to }: Span): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from)
}
