// The choice of a role, limited to the roles that the user can grant.

import type { SelectHTMLAttributes } from 'react'
import type { Role, ViewerFieldsFragment } from '@flowmason/graphql'
import { CustomRolesDocument } from '@flowmason/graphql/people'
import { Select } from '@flowmason/ui'
import { roleChoices, roleNames } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'

interface Props extends SelectHTMLAttributes<HTMLSelectElement> {
  viewer: ViewerFieldsFragment
}

/** A built-in role, for keys: at most the one of the key's holder, if it is not the user. */
export const RoleSelect = ({ viewer, most, ...rest }: Props & { most?: Role | undefined }) => {
  const usual = viewer.grantableRoles.includes('DEVELOPER') ? 'DEVELOPER' : viewer.grantableRoles[0]
  return (
    <Select {...rest} name="role" defaultValue={most && rank(most) < rank('DEVELOPER') ? most : usual}>
      <BuiltIn viewer={viewer} most={most} />
    </Select>
  )
}

/** The place of a role among the choices, which go from the fewest permissions to the most. */
const rank = (role: Role) => roleChoices.findIndex(([each]) => each === role)

interface BuiltInProps {
  viewer: ViewerFieldsFragment
  owner?: boolean | undefined
  short?: boolean | undefined
  /** No role with more permissions than this one. */
  most?: Role | undefined
  /** The present role, which can be kept. */
  chosen?: string
}

const BuiltIn = ({ viewer, owner = true, short, most, chosen }: BuiltInProps) =>
  roleChoices
    .filter(([role]) => !most || rank(role) <= rank(most))
    .filter(([role]) => role === chosen || (viewer.grantableRoles.includes(role) && (owner || role !== 'OWNER')))
    .map(([role, label]) => (
      <option key={role} value={role}>
        {short ? roleNames[role] : label}
      </option>
    ))

interface AnyProps extends Props {
  /** Whether Owner can be chosen. */
  owner?: boolean
  /** Whether built-in roles are shown by their names only. */
  short?: boolean
  /** What no role is called, if it can be chosen. Its value is empty. */
  none?: string
}

/** A built-in role or one of the organization's own: see `roleInput`. */
export function AnyRoleSelect({ viewer, owner, short, none, ...rest }: AnyProps) {
  const { data } = useAnswer(CustomRolesDocument, {})
  const own = data?.customRoles.filter((role) => within(role.permissions, viewer)) ?? []
  const chosen = typeof rest.value === 'string' ? rest.value : ''
  const known = chosen === '' || roleChoices.some(([role]) => role === chosen) || own.some(({ id }) => id === chosen)
  return (
    <Select {...rest}>
      {none !== undefined && <option value="">{none}</option>}
      {own.length > 0 ? (
        <>
          <optgroup label="Built in">
            <BuiltIn viewer={viewer} owner={owner} short={short} chosen={chosen} />
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
        <BuiltIn viewer={viewer} owner={owner} short={short} chosen={chosen} />
      )}
      {!known && <option value={chosen}>{data?.customRoles.find(({ id }) => id === chosen)?.name ?? '…'}</option>}
    </Select>
  )
}

/** Whether the user has all these permissions. Nobody can grant others. */
export const within = (permissions: readonly string[], viewer: ViewerFieldsFragment) =>
  permissions.every((permission) => viewer.permissions.includes(permission))
