/** `1 stage`, `3 stages`. */
export const count = (n: number, word: string, plural = `${word}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? word : plural}`

/** A person's display name: the name they entered, else their email address. */
export const personName = (user: { name?: string | null; email?: string | null } | null | undefined): string =>
  user?.name?.trim() || user?.email?.trim() || 'Unnamed user'

/** The display name of an actor: `Ada`, `key ci`, `the system`. */
export function actorWords(actor: { kind: string; name: string }): string {
  const kind = actor.kind.toLowerCase()
  if (kind === 'user') return actor.name.trim() || 'Unnamed user'
  if (kind.includes('key')) return `key ${actor.name}`
  return actor.name || kind
}

/** A server message as a sentence: without the name of the request's field, and with a capital first letter. */
export const sentenceOf = (message: string): string => {
  const text = message.replace(/^(?:inputUpload|upload|input): /, '')
  // A file name at the beginning stays unchanged.
  return /^[a-z]+[ ,:]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text
}
