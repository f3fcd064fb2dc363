/** `1 stage`, `3 stages`. */
export const count = (n: number, word: string, plural = `${word}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? word : plural}`

/** Who did it: `Ada`, `key ci`, `the system`. */
export function actorWords(actor: { kind: string; name: string }): string {
  const kind = actor.kind.toLowerCase()
  if (kind === 'user') return actor.name
  if (kind.includes('key')) return `key ${actor.name}`
  return actor.name || kind
}
