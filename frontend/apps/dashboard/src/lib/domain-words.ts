// What is said about the domains of an organization.

import type { DomainFieldsFragment } from '@flowmason/graphql/people'

type Problem = NonNullable<DomainFieldsFragment['problem']>

export const statusWords: Record<DomainFieldsFragment['status'], string> = {
  PENDING: 'Not proved yet',
  PROVED: 'Proved',
  MISSING: 'Record missing',
  LOST: 'No longer proved',
}

/** What the last check found, and what to do about it. */
export const problemWords: Record<Problem, string> = {
  NO_RECORD: 'The last check found no TXT record with this name. New records can take an hour to be seen everywhere.',
  OTHER_VALUE: 'The last check found TXT records with this name, but none with this value. Copy the value again.',
  NO_ANSWER: 'No name server answered at the last check. Nothing has changed; check again.',
  SERVER_FAILED:
    'The name servers answered the last check with an error. Nothing has changed; check again, or look at the settings of the domain.',
  PROVED_ELSEWHERE:
    'The record is there, but another organization has proved this domain. Somebody there must remove it first.',
}
