// The choice of a role, limited to the roles that the user can grant.

import type { SelectHTMLAttributes } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { CustomRolesDocument } from '@flowmason/graphql/people'
import { Select } from '@flowmason/ui'
import { roleChoices } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'

interface Props extends SelectHTMLAttributes<HTMLSelectElement> {
  viewer: ViewerFieldsFragment
}

/** A built-in role, for keys. */
export const RoleSelect = ({ viewer, ...rest }: Props) => (
  <Select {...rest} name="role" defaultValue="DEVELOPER">
    <BuiltIn viewer={viewer} />
  </Select>
)

const BuiltIn = ({ viewer, owner = true }: { viewer: ViewerFieldsFragment; owner?: boolean | undefined }) =>
  roleChoices
    .filter(([role]) => viewer.grantableRoles.includes(role) && (owner || role !== 'OWNER'))
    .map(([role, label]) => (
      <option key={role} value={role}>
        {label}
      </option>
    ))

/** A built-in role or one of the organization's own: see `roleInput`. Without `owner`, Owner cannot be chosen. */
export function AnyRoleSelect({ viewer, owner, ...rest }: Props & { owner?: boolean }) {
  const { data } = useAnswer(CustomRolesDocument, {})
  const own = data?.customRoles.filter((role) => within(role.permissions, viewer)) ?? []
  const chosen = typeof rest.value === 'string' ? rest.value : ''
  const known = chosen === '' || roleChoices.some(([role]) => role === chosen) || own.some(({ id }) => id === chosen)
  return (
    <Select {...rest}>
      {own.length > 0 ? (
        <>
          <optgroup label="Built in">
            <BuiltIn viewer={viewer} owner={owner} />
          </optgroup>
          <optgroup label="Your own">
            {own.map((role) => (
              <option key={role.id} value={role.id}>
                {role.name}
              </option>
            ))}
          </optgroup>
        </>
      ) : (
        <BuiltIn viewer={viewer} owner={owner} />
      )}
      {!known && <option value={chosen}>…</option>}
    </Select>
  )
}

/** Whether the user has all these permissions. Nobody can grant others. */
export const within = (permissions: readonly string[], viewer: ViewerFieldsFragment) =>
  permissions.every((permission) => viewer.permissions.includes(permission))
