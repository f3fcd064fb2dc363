// Shows when each stage waited, ran, failed and was retried. Rows are virtualized, so that a foreach over thousands of
// items stays fast.

import { type RefObject, memo, startTransition, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { ChevronRight } from 'lucide-react'
import { Empty, Tip, cx, formatDuration, statusText, statusWord, useNow } from '@flowmason/ui'
import { type RunState, type StageState, isOver } from './journal.ts'
import { shownStatus } from './shown.ts'
import { type Bar, type BarKind, type Row, barsOf, cursorOf, rowsOf, tickLabel, ticksOf } from './timeline-model.ts'

const ROW = 26
const fills: Record<BarKind, string> = {
  queued: 'bg-line2',
  attempt: 'bg-ok',
  retried: 'bg-wait',
  failed: 'bg-fail',
  running: 'bg-run',
  waiting: 'bg-wait/50',
  cancelled: 'bg-faint',
}
const words: Record<BarKind, string> = {
  queued: 'queued',
  attempt: 'ran',
  retried: 'failed, then retried',
  failed: 'failed',
  running: 'running',
  waiting: 'waiting',
  cancelled: 'cancelled',
}

/** A foreach or loop with more inner rows than this starts folded. */
const UNFOLD_UP_TO = 12

export function Timeline({
  run,
  at,
  selected,
  onSelect,
}: {
  run: RunState
  at: number | null
  selected: string | null
  onSelect: (address: string) => void
}) {
  const running = !isOver(run.status) && run.startedAt !== undefined && at === null
  const now = useNow(running)
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const rows = useMemo(
    () => rowsOf(run, (state, inner) => toggled.has(state.address) !== inner > UNFOLD_UP_TO),
    [run, toggled],
  )
  const onToggle = useCallback((address: string) => setToggled((before) => toggle(before, address)), [])
  const scroll = useRef<HTMLDivElement>(null)
  /** Whether the user has scrolled; until then running stages are kept in view. */
  const own = useRef(false)
  const [width, setWidth] = useState(480)
  const shown = rows.length > 0
  useEffect(() => {
    const element = scroll.current
    if (!element) return
    const observer = new ResizeObserver(() => startTransition(() => setWidth(element.clientWidth)))
    observer.observe(element)
    const take = () => {
      own.current = true
    }
    for (const way of ['wheel', 'touchmove', 'keydown', 'pointerdown'])
      element.addEventListener(way, take, { passive: true })
    return () => {
      observer.disconnect()
      for (const way of ['wheel', 'touchmove', 'keydown', 'pointerdown']) element.removeEventListener(way, take)
    }
  }, [shown])
  const seen = useRowsInView(scroll, rows.length, shown)

  const active = rows.findLastIndex(({ state }) => state.status === 'running' || state.status === 'waiting')
  useEffect(() => {
    if (running && active >= 0 && !own.current && scroll.current) reveal(scroll.current, active)
  }, [running, active])
  const from = run.startedAt ?? now
  const last = run.events.at(-1)
  const end = run.finishedAt ?? (running ? Math.max(now, from) : last ? Date.parse(last.at) : from)
  const to = Math.max(end, from + 1)
  const span = to - from
  const cursor = cursorOf(run, at, from, to, now)
  const label = width < 560 ? 132 : 176
  const figureWidth = width < 560 ? 80 : 96
  const ticks = ticksOf(span, Math.max(2, Math.floor((width - label - figureWidth) / 90)))

  if (rows.length === 0) {
    return (
      <Empty title={run.status === 'queued' ? 'Queued' : 'Nothing has started'} className="py-8">
        A row appears with each stage that is scheduled.
      </Empty>
    )
  }
  const columns = `${label}px 1fr ${figureWidth}px`
  return (
    <div ref={scroll} className="min-h-0 flex-1 overflow-y-auto" role="region" aria-label="Timeline" tabIndex={0}>
      <div
        className="sticky top-0 z-10 grid h-6 items-center bg-panel text-2xs text-muted"
        style={{ gridTemplateColumns: columns }}
        aria-hidden="true"
      >
        <span />
        <span className="relative h-full">
          {ticks.map((tick) => (
            <span
              key={tick}
              className={cx('tnum absolute top-1 whitespace-nowrap', tick > 0 && '-translate-x-1/2')}
              style={{ left: `${(tick / span) * 100}%` }}
            >
              {tickLabel(tick)}
            </span>
          ))}
        </span>
        <span />
      </div>
      <div className="relative" style={{ height: rows.length * ROW }}>
        <div
          className="pointer-events-none absolute inset-y-0"
          style={{ left: label, right: figureWidth }}
          aria-hidden="true"
        >
          {ticks.slice(1).map((tick) => (
            <span
              key={tick}
              className="absolute inset-y-0 w-px bg-line/60"
              style={{ left: `${(tick / span) * 100}%` }}
            />
          ))}
          {(running || at !== null) && (
            <span
              className="absolute inset-y-0 z-10 w-px bg-run"
              data-testid="cursor"
              style={{ left: `${cursor * 100}%` }}
            />
          )}
        </div>
        {rows.slice(seen.from, seen.to).map((row, index) => {
          return (
            <RowView
              key={row.address}
              row={row}
              top={(seen.from + index) * ROW}
              columns={columns}
              from={from}
              to={to}
              now={Math.max(now, end)}
              selected={selected === row.address}
              onSelect={onSelect}
              onToggle={onToggle}
            />
          )
        })}
      </div>
    </div>
  )
}

const HEAD = 24
const AROUND = 3

/**
 * The rows in view and a few around them, found by division since all have the same height. They are rendered after
 * their surroundings: measuring and rendering them at once would require a layout of the page in one long task.
 */
function useRowsInView(scroll: RefObject<HTMLDivElement | null>, count: number, shown: boolean) {
  const [seen, setSeen] = useState({ from: 0, to: 0 })
  useEffect(() => {
    const element = scroll.current
    if (!element) return
    const look = () => {
      const from = Math.max(0, Math.floor((element.scrollTop - HEAD) / ROW) - AROUND)
      const to = Math.ceil((element.scrollTop + element.clientHeight) / ROW) + AROUND
      setSeen((before) => (before.from === from && before.to === to ? before : { from, to }))
    }
    const observer = new ResizeObserver(() => startTransition(look))
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [scroll, shown])
  return { from: Math.min(seen.from, Math.max(0, count - 1)), to: Math.min(seen.to, count) }
}

function reveal(element: HTMLElement, row: number) {
  const [top, bottom] = [row * ROW, (row + 1) * ROW + HEAD]
  if (top < element.scrollTop) element.scrollTop = top
  else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight
}

/** Rendered again only when its row or its time changes, not when the list is scrolled. */
const RowView = memo(function RowView({
  row,
  top,
  columns,
  from,
  to,
  now,
  selected,
  onSelect,
  onToggle,
}: {
  row: Row
  top: number
  columns: string
  from: number
  to: number
  now: number
  selected: boolean
  onSelect: (address: string) => void
  onToggle: (address: string) => void
}) {
  const span = to - from
  const place = (time: number) => `${Math.min(100, Math.max(0, ((time - from) / span) * 100))}%`
  return (
    <div
      className="absolute inset-x-0 grid items-center border-b border-line/70"
      style={{ gridTemplateColumns: columns, height: ROW, top }}
    >
      <RowHead row={row} selected={selected} onSelect={onSelect} onToggle={() => onToggle(row.address)} />
      <span className="relative h-full">
        {barsOf(row.state, now).map((bar) => (
          <BarView
            key={`${bar.kind}-${bar.from}`}
            bar={bar}
            left={place(bar.from)}
            width={`max(2px, ${((Math.min(bar.to, to) - bar.from) / span) * 100}%)`}
          />
        ))}
      </span>
      <span className="tnum pr-4 text-right whitespace-nowrap max-sm:pr-2 text-xs text-muted">
        {figure(row.state, now)}
      </span>
    </div>
  )
})

function toggle(set: ReadonlySet<string>, value: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(value)) next.add(value)
  return next
}

function figure(state: StageState, now: number): string {
  const status = shownStatus(state)
  if (status === 'skipped' || status === 'idle') return statusWord(status).toLowerCase()
  if (status === 'queued') return 'queued'
  if (state.reused) return state.reused === 'pinned' ? 'pinned' : 'reused'
  if (state.startedAt === undefined) return '–'
  return formatDuration((state.finishedAt ?? now) - state.startedAt)
}

function RowHead({
  row,
  selected,
  onSelect,
  onToggle,
}: {
  row: Row
  selected: boolean
  onSelect: (address: string) => void
  onToggle: () => void
}) {
  return (
    <span
      className={cx('flex h-full min-w-0 items-center pr-3', selected && 'bg-raise')}
      style={{ paddingLeft: 4 + Math.min(row.depth, 6) * 14 }}
    >
      {row.inner > 0 ? (
        <button
          type="button"
          aria-expanded={row.open}
          aria-label={`${row.open ? 'Collapse' : 'Expand'} ${row.kind === 'item' ? row.name : row.state.stage}, ${row.inner} inside`}
          onClick={onToggle}
          className="flex size-6 shrink-0 items-center justify-center rounded-[4px] text-muted hover:text-text"
        >
          <ChevronRight
            size={12}
            className={cx('transition-transform duration-120', row.open && 'rotate-90')}
            aria-hidden="true"
          />
        </button>
      ) : (
        <span className="w-3 shrink-0" />
      )}
      <button
        type="button"
        data-address={row.address}
        data-depth={row.depth}
        {...(row.kind === 'stage' ? { 'aria-pressed': selected } : {})}
        onClick={() => (row.kind === 'stage' ? onSelect(row.address) : onToggle())}
        className={cx(
          'min-h-6 min-w-0 flex-1 truncate text-left text-xs hover:underline',
          row.kind === 'stage' ? 'font-mono' : 'font-medium',
          row.state.status === 'skipped' || row.state.reused
            ? 'text-muted'
            : row.state.status === 'failed'
              ? statusText('failed')
              : '',
        )}
      >
        {row.name}
        <span className="sr-only">, {statusWord(shownStatus(row.state)).toLowerCase()}</span>
      </button>
    </span>
  )
}

function BarView({ bar, left, width }: { bar: Bar; left: string; width: string }) {
  const height = bar.kind === 'queued' || bar.kind === 'waiting' ? 'top-[8px] h-[10px]' : 'top-[7px] h-[12px]'
  return (
    <Tip text={`${words[bar.kind]} ${formatDuration(bar.to - bar.from)}`} side="top">
      <span
        className={cx('absolute rounded-[3px]', height, fills[bar.kind])}
        style={{ left, width }}
        aria-hidden="true"
      />
    </Tip>
  )
}
