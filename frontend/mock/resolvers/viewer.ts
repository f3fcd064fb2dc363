// The signed-in user and the organization.

import { Problem } from '../store.ts'
import { assignedRole } from './access.ts'
import type { Mock } from './shared.ts'

export function viewers({ store, wait }: Mock) {
  const organization = () => ({
    __typename: 'Organization',
    id: 'org_01k00000000000000000000000',
    name: store.data.organization,
    createdAt: new Date().toISOString(),
  })
  const viewer = () => ({
    user: {
      __typename: 'User',
      id: 'user_01k0000000000000000000000',
      name: store.data.user.name,
      email: store.data.user.email,
      emailVerified: store.data.user.email !== null,
      locale: store.data.user.locale ?? null,
      timeZone: store.data.user.timeZone ?? null,
    },
    role: 'OWNER',
    assignedRole: assignedRole('OWNER'),
    organization: organization(),
    organizations: [organization()],
    permissions: [
      'organization.update',
      'member.read',
      'member.manage',
      'organization.transfer',
      'role.manage',
      'team.manage',
      'grant.manage',
      'service_account.manage',
      'pipeline.read',
      'pipeline.write',
      'pipeline.publish',
      'production.use',
      'run.read',
      'run.start',
      'run.cancel',
      'api_key.read',
      'api_key.write',
      'domain.manage',
      'mail.read',
      'mail.resend',
      'sso.manage',
      'audit.read',
      'job.read',
      'job.retry',
    ],
    pipelinePermissions: [],
    folderPermissions: [],
    environmentPermissions: [],
    grantableRoles: ['OWNER', 'ADMIN', 'DEVELOPER', 'VIEWER', 'BILLING'],
    hasPassword: store.data.user.password !== null,
    canChangeAccount: true,
    sendsMail: false,
    invitesStrangers: true,
  })
  return {
    viewer: async () => (await wait(), viewer()),
    organization: async () => (await wait(), organization()),
    updateProfile: ({
      input,
    }: {
      input: { name?: string; email?: string; organizationName?: string; locale?: string; timeZone?: string }
    }) => {
      if (input.name !== undefined && input.name !== null) store.data.user.name = input.name
      if (input.email !== undefined) store.data.user.email = input.email
      if (input.organizationName) store.data.organization = input.organizationName
      if (typeof input.locale === 'string') store.data.user.locale = input.locale || null
      if (typeof input.timeZone === 'string') store.data.user.timeZone = input.timeZone || null
      store.save()
      return { viewer: viewer() }
    },
    setPassword: ({ input }: { input: { currentPassword?: string; newPassword: string } }) => {
      if (store.data.user.password !== null && store.data.user.password !== input.currentPassword)
        throw new Problem('WRONG_PASSWORD', 'The current password is wrong.')
      store.data.user.password = input.newPassword
      store.save()
      return { ok: true }
    },
  }
}
