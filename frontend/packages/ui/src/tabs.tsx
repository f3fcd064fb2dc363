import type { ReactNode } from 'react'
import { Tabs as Radix } from 'radix-ui'
import { cx } from './cx.ts'

export interface TabSpec {
  id: string
  label: string
  /** A figure behind the word, as in "Logs 18". */
  count?: number | undefined
  tone?: 'fail' | undefined
}

/** Tabs whose choice is held by the caller (usually the URL). */
export function Tabs({
  value,
  onChange,
  tabs,
  label,
  extra,
  children,
  className,
}: {
  value: string
  onChange: (id: string) => void
  tabs: TabSpec[]
  label: string
  /** Stands at the right end of the bar. */
  extra?: ReactNode
  children: ReactNode
  className?: string
}) {
  return (
    <Radix.Root value={value} onValueChange={onChange} className={cx('flex min-h-0 flex-col', className)}>
      <div className="flex shrink-0 items-stretch border-b border-line">
        <Radix.List
          aria-label={label}
          className="flex min-w-0 flex-1 gap-5 overflow-x-auto px-4 [scrollbar-width:none]"
        >
          {tabs.map((tab) => (
            <Radix.Trigger
              key={tab.id}
              value={tab.id}
              className="-mb-px flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent font-medium text-muted hover:text-text data-[state=active]:border-text data-[state=active]:text-text"
            >
              {tab.label}
              {tab.count !== undefined && (
                <span className={cx('tnum font-normal', tab.tone === 'fail' ? 'text-fail' : 'text-muted')}>
                  {tab.count}
                </span>
              )}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {extra && <div className="flex shrink-0 items-center px-4">{extra}</div>}
      </div>
      {children}
    </Radix.Root>
  )
}

export function TabPanel({ id, children, className }: { id: string; children: ReactNode; className?: string }) {
  return (
    <Radix.Content value={id} tabIndex={-1} className={cx('min-h-0 flex-1 outline-none', className)}>
      {children}
    </Radix.Content>
  )
}
