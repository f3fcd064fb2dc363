// Custom roles, teams, service accounts and grants, kept until the mock ends.

import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'

const now = () => new Date().toISOString()
const permissionNames = [
  'pipeline.read',
  'pipeline.write',
  'pipeline.publish',
  'production.use',
  'run.read',
  'run.start',
  'run.cancel',
]
const builtIns = ['OWNER', 'ADMIN', 'DEVELOPER', 'VIEWER', 'BILLING']

interface CustomRole {
  id: string
  name: string
  description: string
  permissions: string[]
}
interface Team {
  id: string
  name: string
  members: { userId: string; name: string }[]
}
interface RoleInput {
  role?: string | null
  customRoleId?: string | null
}

const customRoles: CustomRole[] = []
const teams: Team[] = []
const accounts: { id: string; name: string; description: string; role: object; disabledAt: string | null }[] = []
const grants: ({ id: string; subjectId: string } & Record<string, unknown>)[] = []

function found<T extends { id: string }>(all: T[], id: string, what: string): T {
  const one = all.find((each) => each.id === id)
  if (!one) throw new Problem('NOT_FOUND', `There is no such ${what}`)
  return one
}

/** A role as it is assigned: a built-in one, or one of the organization's own by its id. */
export function assignedRole(role: string | null | undefined, customRoleId?: string | null) {
  const custom = customRoleId ? found(customRoles, customRoleId, 'role') : undefined
  return {
    __typename: 'AssignedRole',
    name: custom?.name ?? role?.toLowerCase() ?? '',
    builtIn: custom || !builtIns.includes(role ?? '') ? null : role,
    customRoleId: custom?.id ?? null,
    permissions: custom?.permissions ?? ['run.read'],
  }
}

const remove = <T extends { id: string }>(all: T[], id: string, what: string) => {
  all.splice(all.indexOf(found(all, id, what)), 1)
  return { deletedId: id }
}

export function access({ store, wait }: Mock) {
  const typed = (type: string, value: object) => ({ __typename: type, ...value })
  const teamOf = (team: Team) =>
    typed('Team', { ...team, members: team.members.map((each) => typed('TeamMember', { ...each, addedAt: now() })) })
  const nameOf = (id: string) =>
    [
      ...(store.data.members ?? []).map(({ userId, name }) => ({ id: userId, name })),
      ...teams,
      ...accounts,
      ...store.data.keys,
    ].find((each) => each.id === id)?.name ?? store.data.user.name
  return {
    customRoles: async () => (await wait(), customRoles.map((role) => typed('CustomRole', role))),
    permissions: async () => (
      await wait(),
      permissionNames.map((name) =>
        typed('PermissionInfo', { name, description: `Allows ${name}.`, isForPeopleOnly: false }),
      )
    ),
    createCustomRole: ({ input }: { input: Omit<CustomRole, 'id'> }) => {
      const role = { ...input, id: newId('role') }
      customRoles.push(role)
      return { customRole: typed('CustomRole', role) }
    },
    updateCustomRole: ({ input }: { input: CustomRole }) => ({
      customRole: typed('CustomRole', Object.assign(found(customRoles, input.id, 'role'), input)),
    }),
    deleteCustomRole: ({ input }: { input: { id: string } }) => remove(customRoles, input.id, 'role'),
    teams: async () => (await wait(), teams.map(teamOf)),
    createTeam: ({ input }: { input: { name: string } }) => {
      const team = { id: newId('team'), name: input.name, members: [] }
      teams.push(team)
      return { team: teamOf(team) }
    },
    renameTeam: ({ input }: { input: { id: string; name: string } }) => ({
      team: teamOf(Object.assign(found(teams, input.id, 'team'), { name: input.name })),
    }),
    deleteTeam: ({ input }: { input: { id: string } }) => remove(teams, input.id, 'team'),
    addTeamMember: ({ input }: { input: { teamId: string; userId: string } }) => {
      const team = found(teams, input.teamId, 'team')
      team.members.push({ userId: input.userId, name: nameOf(input.userId) })
      return { team: teamOf(team) }
    },
    removeTeamMember: ({ input }: { input: { teamId: string; userId: string } }) => {
      const team = found(teams, input.teamId, 'team')
      team.members = team.members.filter(({ userId }) => userId !== input.userId)
      return { team: teamOf(team) }
    },
    serviceAccounts: async () => (await wait(), accounts.map((each) => typed('ServiceAccount', each))),
    createServiceAccount: ({ input }: { input: RoleInput & { name: string; description?: string } }) => {
      const account = {
        id: newId('svc'),
        name: input.name,
        description: input.description ?? '',
        role: assignedRole(input.role, input.customRoleId),
        disabledAt: null,
      }
      accounts.push(account)
      return { serviceAccount: typed('ServiceAccount', account) }
    },
    updateServiceAccount: ({
      input,
    }: {
      input: RoleInput & { id: string; name: string; description?: string; disabled?: boolean }
    }) => {
      const account = found(accounts, input.id, 'service account')
      Object.assign(account, {
        name: input.name,
        description: input.description ?? '',
        role: assignedRole(input.role, input.customRoleId),
        disabledAt: input.disabled ? (account.disabledAt ?? now()) : null,
      })
      return { serviceAccount: typed('ServiceAccount', account) }
    },
    grants: async ({ subjectId }: { subjectId?: string | null }) => (
      await wait(),
      grants.filter((each) => !subjectId || each.subjectId === subjectId).map((each) => typed('Grant', each))
    ),
    createGrant: ({
      input,
    }: {
      input: RoleInput & {
        subjectId: string
        pipelineId?: string | null
        folderId?: string | null
        environment?: string | null
        expiresAt?: string | null
      }
    }) => {
      const kinds: Record<string, string> = { team: 'TEAM', svc: 'SERVICE_ACCOUNT', key: 'API_KEY' }
      const grant = {
        id: newId('grant'),
        subjectKind: kinds[input.subjectId.split('_')[0] ?? ''] ?? 'MEMBER',
        subjectId: input.subjectId,
        subjectName: nameOf(input.subjectId),
        role: assignedRole(input.role, input.customRoleId),
        pipelineId: input.pipelineId ?? null,
        folderId: input.folderId ?? null,
        environment: input.environment ?? null,
        objectName: null,
        expiresAt: input.expiresAt ?? null,
        givenBy: store.data.user.name,
        createdAt: now(),
      }
      grants.unshift(grant)
      return { grant: typed('Grant', grant) }
    },
    deleteGrant: ({ input }: { input: { id: string } }) => remove(grants, input.id, 'grant'),
    whyCan: async ({ holderId, permission }: { holderId: string; permission: string }) => (
      await wait(),
      typed('AccessExplanation', {
        allowed: true,
        text: `${nameOf(holderId)} may start and retry runs (\`${permission}\`) in the organization: by the role owner.`,
        role: assignedRole('OWNER'),
        grants: [],
        rolesWithPermission: builtIns.map((role) => assignedRole(role)),
      })
    ),
  }
}
