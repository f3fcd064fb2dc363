// The raw journal: every event with its body, to read and copy.

import { memo, useCallback, useRef, useState } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { History } from 'lucide-react'
import { Copy, Empty, IconButton, JsonView, cx, formatDuration, formatExact } from '@flowmason/ui'
import { addressWords } from './address.ts'
import type { JournalEvent } from './journal.ts'

export function EventList({
  events,
  onAt,
  onStage,
}: {
  events: readonly JournalEvent[]
  onAt: (seq: number) => void
  onStage: (address: string | null) => void
}) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set())
  const scroll = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 28,
    overscan: 1,
  })
  const onToggle = useCallback(
    (seq: number) =>
      setOpen((before) => {
        const next = new Set(before)
        if (!next.delete(seq)) next.add(seq)
        return next
      }),
    [],
  )
  const first = events[0]
  if (!first)
    return (
      <Empty title="No events yet" className="py-8">
        The journal begins when a worker claims the run.
      </Empty>
    )
  const start = Date.parse(first.at)
  return (
    <div ref={scroll} role="region" aria-label="Events" tabIndex={0} className="min-h-0 flex-1 overflow-y-auto">
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const event = events[item.index]
          if (!event) return null
          const isOpen = open.has(event.seq)
          return (
            <div
              key={event.seq}
              data-index={item.index}
              ref={virtual.measureElement}
              className="absolute inset-x-0 border-b border-line/70"
              style={{ top: item.start }}
            >
              <EventRow event={event} start={start} isOpen={isOpen} onToggle={onToggle} onAt={onAt} onStage={onStage} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** Rendered again only when it is opened or closed, not when the list is scrolled. */
const EventRow = memo(function EventRow({
  event,
  start,
  isOpen,
  onToggle,
  onAt,
  onStage,
}: {
  event: JournalEvent
  start: number
  isOpen: boolean
  onToggle: (seq: number) => void
  onAt: (seq: number) => void
  onStage: (address: string | null) => void
}) {
  return (
    <>
      <div className="flex h-7 items-center gap-2 pr-3 pl-2 font-mono text-xs hover:bg-raise">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => onToggle(event.seq)}
          className={cx(
            'fm-fold flex h-full min-w-0 items-center gap-3 pl-1 text-left',
            event.stage ? 'shrink-0' : 'flex-1',
          )}
        >
          <span className="tnum w-8 shrink-0 text-right text-muted">{event.seq}</span>
          <span className="tnum w-20 shrink-0 text-right text-muted max-sm:hidden" title={formatExact(event.at)}>
            +{formatDuration(Date.parse(event.at) - start)}
          </span>
          <span className="w-32 shrink-0 truncate">{event.type}</span>
        </button>
        {event.stage && (
          <button
            type="button"
            aria-label={`Open the stage ${addressWords(event.stage)}`}
            title={`${event.stage} in the API and the terminal`}
            onClick={() => onStage(event.stage)}
            className="min-h-6 min-w-0 flex-1 truncate text-left text-muted hover:text-text hover:underline"
          >
            {addressWords(event.stage)}
          </button>
        )}
        <IconButton label={`Look back to event ${event.seq}`} className="size-6" onClick={() => onAt(event.seq)}>
          <History size={12} aria-hidden="true" />
        </IconButton>
        <Copy text={() => JSON.stringify(event, null, 2)} label="Copy the event" tipSide="left" />
      </div>
      {isOpen && (
        <div className="bg-sunk py-2 pr-4 pl-10">
          <JsonView value={event.body} />
        </div>
      )}
    </>
  )
})
