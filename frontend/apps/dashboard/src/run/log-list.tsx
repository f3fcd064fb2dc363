// All log lines of the run. Sticks to the bottom while new lines arrive, until the user scrolls up. The line in the URL
// is marked and scrolled into view.

import { useEffect, useMemo, useRef, useState } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Search } from 'lucide-react'
import { Copy, Empty, cx } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import type { LogEntry } from './journal.ts'
import { LogLine } from './log-line.tsx'
import { type Level, filterLines, levels, namedLines } from './log-filter.ts'

const levelWords: Record<Level, string> = { all: 'All', info: 'Info', warn: 'Warnings', error: 'Errors' }

export function LogList({
  logs,
  over,
  onSelect,
  line,
  onLine,
}: {
  logs: readonly LogEntry[]
  over: boolean
  onSelect: (address: string) => void
  /** The line in the URL. */
  line: string | undefined
  onLine: (line: string | undefined) => void
}) {
  const [search, setSearch] = useState('')
  const [level, setLevel] = useState<Level>('all')
  const lines = useMemo(() => namedLines(logs), [logs])
  const shown = useMemo(() => filterLines(lines, level, search), [lines, level, search])
  const scroll = useRef<HTMLDivElement>(null)
  const stuck = useRef(true)
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 24,
    overscan: 6,
  })
  useEffect(() => {
    if (stuck.current && shown.length > 0 && !over) virtual.scrollToIndex(shown.length - 1)
  }, [shown.length, over, virtual])
  const target = line === undefined ? -1 : shown.findIndex((each) => each.id === line)
  const reached = useRef<string>(undefined)
  useEffect(() => {
    if (target < 0 || reached.current === line) return
    reached.current = line
    stuck.current = false
    virtual.scrollToIndex(target, { align: 'center' })
  }, [target, line, virtual])
  const link = (id: string) => {
    reached.current = id
    onLine(id)
    const address = new URL(location.href)
    address.searchParams.set('tab', 'logs')
    address.searchParams.set('line', JSON.stringify(id))
    void navigator.clipboard.writeText(address.href).then(() => toast('Link to this line copied.'))
  }
  if (logs.length === 0) {
    return (
      <Empty title="No log lines" className="py-8">
        {over ? 'No stage of this run logged anything.' : 'The lines of a stage appear when it ends.'}
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
        <div role="group" aria-label="Level" className="flex shrink-0 gap-0.5">
          {levels.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={level === each}
              onClick={() => setLevel(each)}
              className={cx(
                'h-6 rounded-control px-2 text-xs',
                level === each ? 'bg-raise font-medium text-text' : 'text-muted hover:text-text',
              )}
            >
              {levelWords[each]}
            </button>
          ))}
        </div>
        <span className="tnum text-xs text-muted max-sm:hidden">
          {shown.length === logs.length ? logs.length : `${shown.length} of ${logs.length}`}
        </span>
        <Copy
          text={() =>
            shown
              .map(
                ({ entry }) => `${new Date(entry.at).toISOString()} ${entry.level} ${entry.address} ${entry.message}`,
              )
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
        {shown.length === 0 && <p className="px-4 py-3 text-muted">No line matches.</p>}
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const named = shown[item.index]
            return (
              named && (
                <div
                  key={item.key}
                  data-index={item.index}
                  ref={virtual.measureElement}
                  className="absolute inset-x-0"
                  style={{ top: item.start }}
                >
                  <LogLine
                    entry={named.entry}
                    marked={named.id === line}
                    onSelect={onSelect}
                    onLink={() => link(named.id)}
                  />
                </div>
              )
            )
          })}
        </div>
      </div>
    </>
  )
}
