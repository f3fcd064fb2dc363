// A person's picture: the initials of the name.

import { cx } from './cx.ts'

/** The first letters of the first and the last word, or one letter of a single word. */
export function initialsOf(name: string): string {
  const words = name.split('@')[0]?.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []
  const first = words[0]
  const last = words.length > 1 ? words.at(-1) : undefined
  return [first, last]
    .map((word) => (word ? String.fromCodePoint(word.codePointAt(0) ?? 63) : ''))
    .join('')
    .toLocaleUpperCase()
}

/** The name stands beside it, so it is not read aloud. */
export const Initials = ({ name, className }: { name: string; className?: string }) => (
  <span
    aria-hidden="true"
    className={cx(
      'inline-flex size-8 shrink-0 items-center justify-center rounded-full border border-line2 bg-raise text-xs font-medium text-muted select-none',
      className,
    )}
  >
    {initialsOf(name)}
  </span>
)
