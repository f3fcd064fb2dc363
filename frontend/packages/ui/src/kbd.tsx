import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** A keyboard key. */
export function Kbd({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <kbd
      aria-hidden="true"
      className={cx(
        'inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-[4px] border border-current/25 px-1 font-sans text-2xs font-normal',
        className,
      )}
    >
      {children}
    </kbd>
  )
}
