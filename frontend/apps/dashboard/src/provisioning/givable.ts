// The roles that provisioning may give: those that the user may grant, and never Owner.

import type { Role, ViewerFieldsFragment } from '@flowmason/graphql'
import { roleChoices, roleNames } from '../lib/role-words.ts'

/** The choices, with the present one even if the user may not grant it. */
export const givable = (viewer: ViewerFieldsFragment, present: Role | null | undefined): [Role, string][] =>
  roleChoices
    .map(([role]): [Role, string] => [role, roleNames[role]])
    .filter(([role]) => role !== 'OWNER' && (role === present || viewer.grantableRoles.includes(role)))
