// The roles of groups as text: `group = role`, one per line, with built-in roles and the organization's own by name.

import type { SsoRoleMappingInput } from '@flowmason/graphql/people'
import { roleChoices, roleInput } from './role-words.ts'

interface Shown {
  group: string
  assignedRole: { name: string }
}

export const shownMappings = (rows: readonly Shown[]): string =>
  rows.map((row) => `${row.group} = ${row.assignedRole.name}`).join('\n')

/** Undefined if a line is not of this form or names a role that does not exist. */
export function readMappings(
  text: string,
  own: readonly { id: string; name: string }[],
): SsoRoleMappingInput[] | undefined {
  const rows: SsoRoleMappingInput[] = []
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const at = line.lastIndexOf('=')
    const name = line
      .slice(at + 1)
      .trim()
      .toUpperCase()
    const builtIn = roleChoices.find(([role]) => role === name)?.[0]
    const value = builtIn ?? own.find((role) => role.name.toUpperCase() === name)?.id
    if (at < 1 || value === undefined) return undefined
    rows.push({ group: line.slice(0, at).trim(), ...roleInput(value) })
  }
  return rows
}
