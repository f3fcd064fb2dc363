// Provisioning. The mock keeps tokens and mappings in memory; no identity provider calls it.

import { Problem, newId } from '../store.ts'
import { assignedRole } from './access.ts'
import type { Mock } from './shared.ts'

interface Token {
  id: string
  name: string
  expiresAt: string | null
  createdAt: string
  revokedAt: string | null
}

interface Group {
  id: string
  name: string
  role: string | null
  customRoleId?: string | null
  teamId: string | null
  memberCount: number
}

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

export function provisioning({ store, wait }: Mock) {
  const full = store.data.runs.length > 0
  let defaultRole = assignedRole('VIEWER')
  const tokens: Token[] = full
    ? [{ id: newId('scimtok'), name: 'Okta', expiresAt: null, createdAt: ago(9_000), revokedAt: null }]
    : []
  const groups: Group[] = full
    ? [
        { id: newId('scimgroup'), name: 'Data engineering', role: 'DEVELOPER', teamId: null, memberCount: 12 },
        { id: newId('scimgroup'), name: 'Everyone at Northwind', role: null, teamId: null, memberCount: 48 },
      ]
    : []
  const waiting = full
    ? [
        {
          id: newId('scimuser'),
          name: 'Grace Hopper',
          email: 'grace@contractors.example',
          waitsFor: 'PROOF',
          since: ago(75),
        },
      ]
    : []
  const request = (method: string, path: string, status: number, minutes: number, problem: string | null = null) => ({
    __typename: 'ScimRequest',
    id: newId('scimreq'),
    token: 'Okta',
    at: ago(minutes),
    method,
    path,
    status,
    problem,
  })
  const requests = full
    ? [
        request('PATCH', '/Groups/scimgroup_01k2v', 204, 4),
        request(
          'POST',
          '/Users',
          409,
          11,
          'userName: another user has this name; change that user, or send another name',
        ),
        request('POST', '/Users', 201, 75),
      ]
    : []
  const view = (token: Token) => ({
    __typename: 'ScimToken',
    ...token,
    prefix: 'fmscim_3vQ8yZ',
    removesOwners: true,
    lastUsedAt: token.revokedAt ? null : ago(4),
  })
  const found = <T extends { id: string }>(list: T[], id: string, what: string): T => {
    const one = list.find((each) => each.id === id)
    if (!one) throw new Problem('NOT_FOUND', `There is no such ${what}`)
    return one
  }
  const groupOf = (group: Group) => ({
    __typename: 'ScimGroup',
    ...group,
    assignedRole: group.role || group.customRoleId ? assignedRole(group.role, group.customRoleId) : null,
    updatedAt: ago(4),
  })
  const all = () => ({
    __typename: 'Provisioning',
    baseUrl: 'http://127.0.0.1:8080/scim/v2',
    defaultRole: defaultRole.builtIn,
    assignedDefaultRole: defaultRole,
    activeUsers: full ? 48 : 0,
    inactiveUsers: full ? 3 : 0,
    waitingUsers: waiting.length,
    tokens: tokens.map(view),
    groups: groups.map(groupOf),
    waiting: waiting.map((person) => ({ __typename: 'WaitingUser', ...person })),
    requests,
  })
  return {
    provisioning: async () => (await wait(), all()),
    createScimToken: ({ input }: { input: { name: string; expiresAt?: string | null } }) => {
      const token = {
        id: newId('scimtok'),
        name: input.name,
        expiresAt: input.expiresAt ?? null,
        createdAt: ago(0),
        revokedAt: null,
      }
      tokens.unshift(token)
      return { token: view(token), secret: `fmscim_${'x'.repeat(49)}` }
    },
    revokeScimToken: ({ input }: { input: { id: string } }) => ({
      token: view(Object.assign(found(tokens, input.id, 'token'), { revokedAt: ago(0) })),
    }),
    mapScimGroup: ({ input }: { input: Partial<Group> & { id: string } }) => {
      const group = found(groups, input.id, 'group')
      const { role = null, customRoleId = null, teamId = null } = input
      Object.assign(group, { role, customRoleId, teamId })
      return { group: groupOf(group) }
    },
    updateProvisioning: ({ input }: { input: { defaultRole?: string; defaultCustomRoleId?: string } }) => {
      defaultRole = assignedRole(input.defaultRole, input.defaultCustomRoleId)
      return { provisioning: all() }
    },
    checkWaitingUsers: () => ({ joined: 0, provisioning: all() }),
  }
}
