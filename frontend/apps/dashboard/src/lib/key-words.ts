// What an API key may do by itself, whether it has ended, and by which names keys are chosen.

interface Access {
  role: string | null
  permissions: readonly string[]
}

interface Times {
  expiresAt: string | null
  revokedAt: string | null
  replacedBy: string | null
}

/** The role of a key, or the number of its permissions. */
export function keyAccess({ role, permissions }: Access): string {
  if (role) return role.toLowerCase()
  if (permissions.length === 0) return 'only what is granted to it'
  return permissions.length === 1 ? '1 permission' : `${permissions.length} permissions`
}

/** Why nothing can be granted to the key any more; otherwise nothing. */
export function keyEnd({ expiresAt, revokedAt, replacedBy }: Times, now: number): string | undefined {
  if (revokedAt !== null) return 'revoked'
  if (replacedBy !== null) return 'replaced'
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : undefined
}

interface Choosable extends Times {
  id: string
  name: string
  prefix: string
  serviceAccountId: string | null
}

interface Choice {
  id: string
  name: string
}

/** The keys to which something can be granted, apart by their holders. Names are not unique, so the prefix is shown. */
export function keyChoices(
  keys: readonly Choosable[],
  accounts: readonly Choice[],
  now: number,
): { people: Choice[]; accounts: Choice[] } {
  const open = keys.filter((key) => keyEnd(key, now) === undefined)
  const accountName = (id: string) => accounts.find((account) => account.id === id)?.name ?? 'a service account'
  return {
    people: open
      .filter(({ serviceAccountId }) => serviceAccountId === null)
      .map(({ id, name, prefix }) => ({ id, name: `${name} (${prefix}…)` })),
    accounts: open.flatMap(({ id, name, prefix, serviceAccountId }) =>
      serviceAccountId === null ? [] : [{ id, name: `${name} of ${accountName(serviceAccountId)} (${prefix}…)` }],
    ),
  }
}
