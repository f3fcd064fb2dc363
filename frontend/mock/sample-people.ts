// The members and invitations of the sample data.

import type { StoredInvitation, StoredMember } from './store.ts'

const DAY_MS = 86_400_000
const INVITATION_VALID_MS = 7 * DAY_MS

/** The token of the open sample invitation, for viewing its page. */
export const SAMPLE_TOKEN = 'fmi_sample'

export function samplePeople(): { members: StoredMember[]; invitations: StoredInvitation[] } {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString()
  const id = (prefix: string, days: number) => `${prefix}_01k${String(days * 10).padStart(23, '0')}`
  const person = (
    days: number,
    name: string,
    email: string | null,
    role: string,
    seen: number | null,
  ): StoredMember => ({
    userId: id('user', days),
    name,
    email,
    role,
    joinedAt: at(-days * DAY_MS),
    lastSeenAt: seen === null ? null : at(-seen),
    signInMethods: email === null ? [] : ['PASSWORD'],
  })
  const invited = (role: string, email: string | null, status: string, days: number): StoredInvitation => ({
    id: id('inv', days),
    role,
    email,
    invitedBy: 'Ada',
    status,
    createdAt: at(-days * DAY_MS),
    expiresAt: at(INVITATION_VALID_MS - days * DAY_MS),
    token: `fmi_sample_${days}`,
  })
  return {
    members: [
      person(3, 'Grace Hopper', 'grace@northwind.example', 'DEVELOPER', 11 * 60_000),
      person(9, 'Katherine Johnson', 'katherine.johnson@analytics.northwind.example', 'ADMIN', 2 * DAY_MS),
      person(21, 'Bo', null, 'VIEWER', null),
    ],
    invitations: [
      invited('VIEWER', 'alan@northwind.example', 'OPEN', 12),
      invited('DEVELOPER', 'grace@northwind.example', 'ACCEPTED', 3),
      invited('VIEWER', null, 'REVOKED', 2),
      invited('DEVELOPER', 'edsger@northwind.example', 'OPEN', 1),
      { ...invited('VIEWER', null, 'OPEN', 0.1), token: SAMPLE_TOKEN },
    ],
  }
}
