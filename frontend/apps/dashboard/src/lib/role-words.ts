// The names of the roles, and what each may do.

import type { Role } from '@flowmason/graphql'

export const roleNames: Record<Role, string> = {
  OWNER: 'Owner',
  ADMIN: 'Admin',
  DEVELOPER: 'Developer',
  VIEWER: 'Viewer',
}

/** For choosing a role, from the fewest permissions to the most. */
export const roleChoices: readonly [Role, string][] = [
  ['VIEWER', 'Viewer: read only'],
  ['DEVELOPER', 'Developer: import and run pipelines'],
  ['ADMIN', 'Admin: manage members'],
  ['OWNER', 'Owner: full access'],
]

/** The role with its article, as in “an admin”. */
export const aRole = (role: string): string => {
  const name = role.toLowerCase()
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`
}
