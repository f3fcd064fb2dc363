// What an API key may do by itself, and whether it has ended, in words.

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
