// The header of a page: breadcrumbs and actions.

import { Fragment, type ReactNode } from 'react'
import { Link, type LinkProps } from '@tanstack/react-router'
import { cx } from '@flowmason/ui'

export interface Crumb {
  label: ReactNode
  to?: LinkProps
  /** Hidden on a phone. */
  wide?: boolean
}

export function PageHead({ crumbs, after, actions }: { crumbs: Crumb[]; after?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="flex min-h-[52px] shrink-0 items-center gap-3 border-b border-line px-4 py-2 max-sm:flex-wrap">
      {/* On a phone it is as wide as its text, so that the actions wrap to the next line instead of truncating it. On a
          wide screen it is one line, in which a long name is truncated. */}
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2.5 gap-y-1 max-sm:flex-auto lg:flex-nowrap">
        <nav aria-label="You are here" className="flex min-w-0 items-center gap-2">
          {crumbs.map((crumb, index) => (
            <Fragment key={index}>
              {index > 0 && (
                <span className={cx('text-muted', crumbs[index - 1]?.wide && 'max-sm:hidden')} aria-hidden="true">
                  /
                </span>
              )}
              {crumb.to ? (
                <Link
                  {...crumb.to}
                  className={cx('truncate leading-6 text-muted hover:text-text', crumb.wide && 'max-sm:hidden')}
                >
                  {crumb.label}
                </Link>
              ) : (
                <h1 className="min-w-0 truncate font-semibold">{crumb.label}</h1>
              )}
            </Fragment>
          ))}
        </nav>
        {after}
      </div>
      {actions && <div className="flex shrink-0 items-center gap-2">{actions}</div>}
    </header>
  )
}

/**
 * The content of a page of text and lists: one scrolling column. With a `label` it takes the focus itself, so that the
 * keyboard can scroll a page on which there may be nothing else to focus.
 */
export function Column({
  children,
  wide,
  label,
  className,
}: {
  children: ReactNode
  wide?: boolean
  label?: string
  className?: string
}) {
  return (
    <div
      data-scrolls
      {...(label !== undefined && { role: 'region', 'aria-label': label, tabIndex: 0 })}
      className="min-h-0 flex-1 overflow-y-auto focus-visible:outline-2 focus-visible:-outline-offset-2"
    >
      <div className={cx('mx-auto w-full px-4 py-5 md:px-6', wide ? 'max-w-6xl' : 'max-w-4xl', className)}>
        {children}
      </div>
    </div>
  )
}
