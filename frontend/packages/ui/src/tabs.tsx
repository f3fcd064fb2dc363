// Tabs following the WAI-ARIA pattern: one tab stop, arrow keys between the tabs, Home and End.

import { type KeyboardEvent, type ReactNode, createContext, useContext, useId, useMemo, useRef } from 'react'
import { cx } from './cx.ts'

export interface TabSpec {
  id: string
  label: string
  /** A number after the label, as in "Logs 18". */
  count?: number | undefined
  tone?: 'fail' | undefined
}

const Chosen = createContext({ value: '', base: '' })

/** Tabs whose selection is controlled by the caller (usually the URL). */
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
  /** Content at the right end of the bar. */
  extra?: ReactNode
  children: ReactNode
  className?: string
}) {
  const base = useId()
  const list = useRef<HTMLDivElement>(null)
  const chosen = useMemo(() => ({ value, base }), [value, base])
  const onKey = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === value)
    const last = tabs.length - 1
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at <= 0 ? last : at - 1, Home: 0, End: last }[
      event.key
    ]
    const next = to === undefined ? undefined : tabs[to]
    if (!next) return
    event.preventDefault()
    onChange(next.id)
    list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next.id)}"]`)?.focus()
  }
  return (
    <div className={cx('flex min-h-0 flex-col', className)}>
      <div className="flex shrink-0 items-stretch border-b border-line">
        <div
          ref={list}
          role="tablist"
          tabIndex={-1}
          aria-label={label}
          onKeyDown={onKey}
          className="flex min-w-0 flex-1 gap-5 overflow-x-auto px-4 outline-none [scrollbar-width:none]"
        >
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`${base}-${tab.id}`}
              data-tab={tab.id}
              aria-selected={tab.id === value}
              // Only the selected panel exists.
              aria-controls={tab.id === value ? `${base}-${tab.id}-panel` : undefined}
              tabIndex={tab.id === value ? 0 : -1}
              onClick={() => onChange(tab.id)}
              className={cx(
                '-mx-1.5 -mb-px flex h-9 shrink-0 items-center gap-1.5 border-b-2 px-1.5 font-medium hover:text-text focus-visible:-outline-offset-2',
                tab.id === value ? 'border-text text-text' : 'border-transparent text-muted',
              )}
            >
              {tab.label}
              {tab.count !== undefined && (
                <span className={cx('tnum font-normal', tab.tone === 'fail' ? 'text-fail' : 'text-muted')}>
                  {tab.count.toLocaleString('en')}
                </span>
              )}
            </button>
          ))}
        </div>
        {extra && <div className="flex shrink-0 items-center px-4">{extra}</div>}
      </div>
      <Chosen value={chosen}>{children}</Chosen>
    </div>
  )
}

export function TabPanel({ id, children, className }: { id: string; children: ReactNode; className?: string }) {
  const { value, base } = useContext(Chosen)
  if (value !== id) return null
  return (
    <div
      role="tabpanel"
      id={`${base}-${id}-panel`}
      aria-labelledby={`${base}-${id}`}
      tabIndex={-1}
      className={cx('min-h-0 flex-1 outline-none', className)}
    >
      {children}
    </div>
  )
}
