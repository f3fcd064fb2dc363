// All log lines of the run. Sticks to the bottom while new lines come, until somebody scrolls up.

import { useEffect, useMemo, useRef, useState } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Search } from 'lucide-react'
import { Copy, Empty, cx, formatExact } from '@flowmason/ui'
import type { LogEntry } from './journal.ts'

const levelColour = (level: string) =>
  ({ error: 'text-fail', warn: 'text-wait', warning: 'text-wait' })[level.toLowerCase()] ?? 'text-muted'

const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
})

export function LogLine({ entry, onSelect }: { entry: LogEntry; onSelect?: (address: string) => void }) {
  return (
    <div className="flex gap-3 px-4 py-0.5 font-mono text-xs leading-5 hover:bg-raise">
      <time className="shrink-0 text-muted" title={formatExact(entry.at)}>
        {clock.format(entry.at)}
      </time>
      <span className={cx('w-10 shrink-0', levelColour(entry.level))}>{entry.level.toLowerCase()}</span>
      {onSelect && (
        <button
          type="button"
          onClick={() => onSelect(entry.address)}
          className="max-w-40 shrink-0 truncate text-left text-muted hover:text-text hover:underline"
        >
          {entry.address}
        </button>
      )}
      <span className="min-w-0 flex-1 break-words whitespace-pre-wrap">
        {entry.message}
        {entry.data !== undefined && entry.data !== null && (
          <span className="text-muted"> {JSON.stringify(entry.data)}</span>
        )}
      </span>
    </div>
  )
}

export function LogList({
  logs,
  over,
  onSelect,
}: {
  logs: readonly LogEntry[]
  over: boolean
  onSelect: (address: string) => void
}) {
  const [search, setSearch] = useState('')
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase()
    return wanted
      ? logs.filter((entry) => `${entry.address} ${entry.level} ${entry.message}`.toLowerCase().includes(wanted))
      : logs
  }, [logs, search])
  const scroll = useRef<HTMLDivElement>(null)
  const stuck = useRef(true)
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 24,
    overscan: 20,
  })
  useEffect(() => {
    if (stuck.current && shown.length > 0 && !over) virtual.scrollToIndex(shown.length - 1)
  }, [shown.length, over, virtual])
  if (logs.length === 0) {
    return (
      <Empty title="No log lines" className="py-8">
        {over ? 'No stage of this run wrote any.' : 'The lines of a stage appear when it ends.'}
      </Empty>
    )
  }
  return (
    <>
      <div className="flex items-center gap-2 border-b border-line px-4 py-1.5">
        <Search size={13} className="text-muted" aria-hidden="true" />
        <input
          type="search"
          aria-label="Find in the logs"
          placeholder="Find in the logs"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="h-6 min-w-0 flex-1 bg-transparent"
        />
        <span className="tnum text-xs text-muted">
          {shown.length === logs.length ? logs.length : `${shown.length} of ${logs.length}`}
        </span>
        <Copy
          text={() =>
            shown
              .map((entry) => `${new Date(entry.at).toISOString()} ${entry.level} ${entry.address} ${entry.message}`)
              .join('\n')
          }
          label="Copy these lines"
        />
      </div>
      <div
        ref={scroll}
        role="region"
        aria-label="Logs"
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto"
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
          stuck.current = scrollHeight - scrollTop - clientHeight < 40
        }}
      >
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const entry = shown[item.index]
            return (
              entry && (
                <div
                  key={item.key}
                  data-index={item.index}
                  ref={virtual.measureElement}
                  className="absolute inset-x-0"
                  style={{ top: item.start }}
                >
                  <LogLine entry={entry} onSelect={onSelect} />
                </div>
              )
            )
          })}
        </div>
      </div>
    </>
  )
}
