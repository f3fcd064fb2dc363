// Members and invitations.

import { randomBytes } from 'node:crypto'
import { Problem, type StoredInvitation, type StoredMember, newId } from '../store.ts'
import { assignedRole } from './access.ts'
import { type Args, type Mock, connection } from './shared.ts'

const INVITATION_VALID_MS = 7 * 86_400_000
const now = () => new Date().toISOString()
const later = (ms: number) => new Date(Date.now() + ms).toISOString()
const newToken = () => `fmi_${randomBytes(32).toString('base64url')}`

/** An open invitation by the token of its link. */
export const byToken = (invitations: readonly StoredInvitation[] | undefined, token: unknown) =>
  invitations?.find((each) => each.token === token && statusOf(each) === 'OPEN')

function statusOf(each: StoredInvitation): string {
  if (each.status !== 'OPEN') return each.status
  return Date.parse(each.expiresAt) <= Date.now() ? 'EXPIRED' : 'OPEN'
}

export function people({ store, wait }: Mock) {
  const you = (): StoredMember => ({
    userId: 'user_01k0000000000000000000000',
    name: store.data.user.name,
    email: store.data.user.email,
    role: 'OWNER',
    joinedAt: now(),
    lastSeenAt: now(),
    signInMethods: store.data.user.password === null ? [] : ['PASSWORD'],
  })
  const all = () => [...(store.data.members ?? []), you()]
  const memberOf = (member: StoredMember) => ({
    __typename: 'Member',
    ...member,
    id: member.userId,
    role: member.customRoleId ? null : member.role,
    assignedRole: assignedRole(member.role, member.customRoleId),
    signInProviders: [],
    mayRejoin: false,
    unverifiedEmail: null,
    isYou: member.userId === you().userId,
  })
  const member = (userId: string) => {
    const found = all().find((each) => each.userId === userId)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such member')
    return found
  }
  const onlyOwner = () =>
    new Problem('CONFLICT', "This is the organization's only owner; make another member an owner first, then try again")
  const invitationOf = (each: StoredInvitation) => ({
    __typename: 'Invitation',
    ...each,
    role: each.customRoleId ? null : each.role,
    assignedRole: assignedRole(each.role, each.customRoleId),
    status: statusOf(each),
  })
  const invitation = (id: string) => {
    const found = store.data.invitations?.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such invitation')
    if (found.status !== 'OPEN')
      throw new Problem('CONFLICT', `This invitation was already ${found.status.toLowerCase()}; create a new one`)
    return found
  }
  return {
    members: async (args: { search?: string | null } & Args) => {
      await wait()
      const wanted = args.search?.toLowerCase() ?? ''
      const found = all().filter(({ name, email }) => `${name}\n${email ?? ''}`.toLowerCase().includes(wanted))
      return connection(found.map(memberOf), args)
    },
    member: ({ userId }: { userId: string }) => memberOf(member(userId)),
    changeMemberRole: ({ input }: { input: { userId: string; role?: string; customRoleId?: string } }) => {
      const found = member(input.userId)
      if (found.userId === you().userId && input.role !== 'OWNER') throw onlyOwner()
      found.role = input.role ?? 'CUSTOM'
      found.customRoleId = input.customRoleId ?? null
      store.save()
      return { member: memberOf(found) }
    },
    memberCreations: async ({ userId }: { userId: string }) => (await wait(), member(userId), []),
    removeMember: ({ input }: { input: { userId: string } }) => {
      const { userId } = member(input.userId)
      store.data.members = (store.data.members ?? []).filter((each) => each.userId !== userId)
      store.save()
      return { removedUserId: userId }
    },
    transferOwnership: ({ input }: { input: { userId: string } }) => {
      const found = member(input.userId)
      found.role = 'OWNER'
      store.save()
      return { member: memberOf(found) }
    },
    leaveOrganization: () => {
      throw onlyOwner()
    },
    invitations: async (args: Args) => (
      await wait(),
      connection((store.data.invitations ?? []).toReversed().map(invitationOf), args)
    ),
    // The mock sends no mail.
    requestLetters: async () => (await wait(), true),
    updateRequestLetters: ({ input }: { input: { wanted: boolean } }) => input,
    mails: async (args: Args) => (await wait(), connection([], args)),
    createInvitation: ({
      input,
    }: {
      input: { role?: string | null; customRoleId?: string | null; email?: string | null }
    }) => {
      const made: StoredInvitation = {
        id: newId('inv'),
        role: input.role ?? 'CUSTOM',
        customRoleId: input.customRoleId ?? null,
        email: input.email ?? null,
        invitedBy: store.data.user.name,
        status: 'OPEN',
        createdAt: now(),
        expiresAt: later(INVITATION_VALID_MS),
        token: newToken(),
      }
      ;(store.data.invitations ??= []).push(made)
      store.save()
      return { invitation: invitationOf(made), path: `/invitation#${made.token}` }
    },
    renewInvitation: ({ input }: { input: { id: string } }) => {
      const found = invitation(input.id)
      Object.assign(found, {
        token: newToken(),
        expiresAt: later(INVITATION_VALID_MS),
        invitedBy: store.data.user.name,
      })
      store.save()
      return { invitation: invitationOf(found), path: `/invitation#${found.token}` }
    },
    revokeInvitation: ({ input }: { input: { id: string } }) => {
      const found = invitation(input.id)
      found.status = 'REVOKED'
      store.save()
      return { invitation: invitationOf(found) }
    },
  }
}
