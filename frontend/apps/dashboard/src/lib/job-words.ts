// Display names of jobs.

import type { JobRowFragment } from '@flowmason/graphql'
import type { Status } from '@flowmason/ui'
import { count } from './words.ts'

const kinds: Record<string, string> = {
  'runs.change': 'Bulk change of runs',
  'copilot.ask': 'Request to the co-pilot',
  'mails.send': 'Email',
  'publications.tell': 'Letters about a request to publish',
  'webhooks.deliver': 'Event for a webhook',
  'domains.check': 'Check of a domain',
  'provisioning.settle': 'People who wait to become members',
  'sso_providers.read_metadata': 'Metadata of an identity provider',
}

/** `Bulk change of runs`; for an unknown kind, its technical name. */
export const jobName = (kind: string): string => kinds[kind] ?? kind

export const jobStatus = (status: JobRowFragment['status']): Status => status.toLowerCase() as Status

/** Attempts and progress: `2 of 5 attempts · 40 of 120 done`. */
export function jobDetail({ attempts, maxAttempts, progress }: JobRowFragment): string {
  const tried = `${attempts} of ${count(maxAttempts, 'attempt')}`
  const { done, total } = progress
  if (done === 0 && !total) return tried
  const of = total === null || total === undefined ? '' : ` of ${total.toLocaleString('en')}`
  return `${tried} · ${done.toLocaleString('en')}${of} done`
}
