// Finds time zones by a part of their name, and tells their offsets.

/** The names that a person might type: `America/New_York` is also “new york”. */
const plain = (text: string): string => text.toLowerCase().replaceAll(/[_/]/g, ' ').trim()

/** The zones whose names have the text, at most `most`: those whose city begins with it first. */
export function zonesMatching(known: readonly string[], typed: string, most: number): string[] {
  const wanted = plain(typed)
  const cityOf = (zone: string) => plain(zone.slice(zone.lastIndexOf('/') + 1))
  const rank = (zone: string) => (plain(zone) === wanted ? 0 : cityOf(zone).startsWith(wanted) ? 1 : 2)
  return known
    .filter((zone) => plain(zone).includes(wanted))
    .toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .slice(0, most)
}

/** `GMT+2`: the offset of a zone at an instant. Empty if this browser does not know the zone. */
export function offsetOf(zone: string, at: number): string {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'shortOffset' })
    return format.formatToParts(new Date(at)).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  } catch {
    return ''
  }
}
