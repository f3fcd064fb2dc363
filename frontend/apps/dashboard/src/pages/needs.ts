// Runs that need attention: those that failed within a day, each cause of a pipeline once, and those queued too long.

import type { RunRowFragment } from '@flowmason/graphql'

const DAY_MS = 86_400_000
const QUEUED_MS = 60_000
const MAX_FAILURES = 5

export interface Needs {
  failures: { latest: RunRowFragment; times: number }[]
  stuck: RunRowFragment[]
}

/** How many of these jobs failed within a day; older ones are listed on the jobs page. */
export const recentlyFailed = (jobs: readonly { finishedAt?: string | null }[], now: number): number =>
  jobs.filter((job) => job.finishedAt && now - Date.parse(job.finishedAt) <= DAY_MS).length

export function needsOf(failed: readonly RunRowFragment[], open: readonly RunRowFragment[], now: number): Needs {
  const causes = new Map<string, { latest: RunRowFragment; times: number }>()
  for (const run of failed) {
    if (now - Date.parse(run.finishedAt ?? run.createdAt) > DAY_MS) continue
    const cause = [run.pipeline.id, run.error?.code, run.error?.stage].join(' ')
    const known = causes.get(cause)
    if (!known) causes.set(cause, { latest: run, times: 1 })
    else {
      known.times++
      if (run.createdAt > known.latest.createdAt) known.latest = run
    }
  }
  const failures = [...causes.values()].toSorted((a, b) => (a.latest.createdAt < b.latest.createdAt ? 1 : -1))
  return {
    failures: failures.slice(0, MAX_FAILURES),
    stuck: open.filter((run) => run.status === 'QUEUED' && now - Date.parse(run.createdAt) > QUEUED_MS),
  }
}
