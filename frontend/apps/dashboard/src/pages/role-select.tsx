// The choice of a role, limited to the roles that the user can grant.

import type { SelectHTMLAttributes } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { Select } from '@flowmason/ui'
import { roleChoices } from '../lib/role-words.ts'

interface Props extends SelectHTMLAttributes<HTMLSelectElement> {
  viewer: ViewerFieldsFragment
}

export const RoleSelect = ({ viewer, ...rest }: Props) => (
  <Select {...rest} name="role" defaultValue="DEVELOPER">
    {roleChoices
      .filter(([role]) => viewer.grantableRoles.includes(role))
      .map(([role, label]) => (
        <option key={role} value={role}>
          {label}
        </option>
      ))}
  </Select>
)
