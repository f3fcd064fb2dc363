// The names of the roles, and what each may do.

import type { Role } from '@flowmason/graphql'

export const roleNames: Record<Role, string> = {
  OWNER: 'Owner',
  ADMIN: 'Admin',
  DEVELOPER: 'Developer',
  VIEWER: 'Viewer',
  BILLING: 'Billing',
}

/** For choosing a role, from the fewest permissions to the most. */
export const roleChoices: readonly [Role, string][] = [
  ['BILLING', 'Billing: no pipelines, no runs'],
  ['VIEWER', 'Viewer: read only'],
  ['DEVELOPER', 'Developer: import and run pipelines'],
  ['ADMIN', 'Admin: manage members'],
  ['OWNER', 'Owner: full access'],
]

/** The parts of an assigned role that its name needs. */
export interface Assigned {
  name: string
  builtIn?: Role | null | undefined
  customRoleId?: string | null | undefined
}

/** The name of a built-in role or of one of the organization's own. */
export const roleName = (role: Assigned): string => (role.builtIn ? roleNames[role.builtIn] : role.name)

/** The role as the value of a choice: the built-in role, or the id of one of the organization's own. */
export const roleValue = (role: Assigned): string => role.builtIn ?? role.customRoleId ?? ''

/** What a mutation gets for the value of a choice. */
export const roleInput = (value: string): { role: Role } | { customRoleId: string } =>
  value in roleNames ? { role: value as Role } : { customRoleId: value }

/** In a sentence, as in “with the role Billing”: a role's name does not go with an article. In any case of letters. */
export const withRole = (role: string): string => {
  const known = role.toUpperCase()
  return `with the role ${known in roleNames ? roleNames[known as Role] : role}`
}
