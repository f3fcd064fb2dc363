// When a run began and ended, the same for lists and pages: from the run's row if it has the times, else from the
// journal, which may be ahead of the row.

export interface RunTimes {
  createdAt: string
  startedAt?: string | null
  finishedAt?: string | null
}

export interface Span {
  from: number | undefined
  /** Absent while the run is in progress. */
  to: number | undefined
}

const time = (text: string | null | undefined): number | undefined => (text ? Date.parse(text) : undefined)

export function spanOf(run: RunTimes, over: boolean, journal?: { startedAt?: number; finishedAt?: number }): Span {
  const from = time(run.startedAt) ?? journal?.startedAt
  if (!over) return { from, to: undefined }
  // Cancelled in the queue: it ended without having started.
  return { from, to: time(run.finishedAt) ?? journal?.finishedAt ?? from }
}

/** The duration in milliseconds of a finished run. */
export function lengthOf({ from, to }: Span): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from)
}
