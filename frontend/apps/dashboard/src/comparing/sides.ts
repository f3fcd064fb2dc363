// The two sides of a comparison.

/** A version by its number, or the draft. */
export type Side = number | 'draft'

/** What is compared if the address does not say it: the latest version with the one before. */
export function sidesOf(
  search: { from?: number | undefined; to?: Side | undefined },
  latest: number,
  base: number | undefined,
): { from: number; to: Side } {
  const to = search.to ?? latest
  const before = to === 'draft' ? (base ?? latest) : Math.max(1, to - 1)
  return { from: search.from ?? before, to }
}

/**
 * The number of the version that both sides were made of, if both have changes of their own. Each version is made of the
 * one before, so that is only the case for a draft and a version that was saved after the draft was started.
 */
export const commonBase = (from: number, to: Side, draftBase: number | undefined): number | undefined =>
  to === 'draft' && draftBase !== undefined && from > draftBase ? draftBase : undefined
