// What jobs are called on pages.

import type { JobRowFragment } from '@flowmason/graphql'
import type { Status } from '@flowmason/ui'
import { count } from './words.ts'

const kinds: Record<string, string> = { 'runs.change': 'Bulk change of runs' }

/** `Bulk change of runs`; of a kind that is not known here, its own name. */
export const jobName = (kind: string): string => kinds[kind] ?? kind

export const jobStatus = (status: JobRowFragment['status']): Status => status.toLowerCase() as Status

/** How often it was tried, and how far it came: `2 of 5 attempts · 40 of 120 done`. */
export function jobDetail({ attempts, maxAttempts, progress }: JobRowFragment): string {
  const tried = `${attempts} of ${count(maxAttempts, 'attempt')}`
  const { done, total } = progress
  if (done === 0 && !total) return tried
  const of = total === null || total === undefined ? '' : ` of ${total.toLocaleString('en')}`
  return `${tried} · ${done.toLocaleString('en')}${of} done`
}
