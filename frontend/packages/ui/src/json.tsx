// A value as a collapsible tree with syntax colors. Long texts and long lists expand on request.

import { type ReactNode, createContext, useContext, useState } from 'react'
import { cx } from './cx.ts'

const LONG_TEXT = 400
const PAGE = 50
/** In a value with many rows, the number of items that each long list shows at first. */
const PAGE_IF_LONG = 10
const COLLAPSE_FROM = 12
const LongContext = createContext(false)

export const formatBytes = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 * 1024
      ? `${(bytes / 1024).toFixed(1)} KiB`
      : `${(bytes / 1024 / 1024).toFixed(1)} MiB`

/** The number of characters added at once, small enough to render without a noticeable delay. */
const TEXT_PAGE = 20_000

/** A text that may be very long: its beginning, and more on request. */
export function LongText({
  text,
  first = TEXT_PAGE,
  quoted = false,
}: {
  text: string
  first?: number
  quoted?: boolean
}) {
  const [shown, setShown] = useState(first)
  const left = text.length - shown
  return (
    <>
      {quoted && '"'}
      {left > 0 ? text.slice(0, shown) : text}
      {left > 0 ? '… ' : quoted && '"'}
      {left > 0 && (
        <button
          type="button"
          className="text-muted underline underline-offset-2 hover:text-text"
          onClick={() => setShown(shown + TEXT_PAGE)}
        >
          {left.toLocaleString('en')} more
        </button>
      )}
    </>
  )
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === 'string') {
    return value.length > LONG_TEXT ? (
      <span className="break-words whitespace-pre-wrap text-ok">
        <LongText text={value} first={LONG_TEXT} quoted />
      </span>
    ) : (
      <span className="break-words whitespace-pre-wrap text-ok">"{value}"</span>
    )
  }
  if (typeof value === 'number') return <span className="text-num">{String(value)}</span>
  return <span className="text-run">{value === undefined ? 'null' : String(value)}</span>
}

function Branch({
  name,
  value,
  depth,
  open: openAtFirst,
}: {
  name?: ReactNode
  value: object
  depth: number
  open: boolean
}) {
  const [open, setOpen] = useState(openAtFirst)
  const long = useContext(LongContext)
  const list = Array.isArray(value)
  const entries: [string, unknown][] = Object.entries(value)
  const [shown, setShown] = useState(long && entries.length > 2 * COLLAPSE_FROM ? PAGE_IF_LONG : PAGE)
  const [left, right] = list ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) {
    return (
      <Row depth={depth} name={name}>
        <span className="text-muted">
          {left} {right}
        </span>
      </Row>
    )
  }
  return (
    <>
      <div className="flex" style={{ paddingLeft: depth * 14 }}>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="fm-fold min-h-6 min-w-6 rounded-[3px] px-1 text-left hover:bg-raise"
        >
          {name}
          <span className="text-muted">
            {open
              ? left
              : `${left} ${entries.length.toLocaleString('en')} ${list ? (entries.length === 1 ? 'item' : 'items') : entries.length === 1 ? 'field' : 'fields'} ${right}`}
          </span>
        </button>
      </div>
      {open && (
        <>
          {entries.slice(0, shown).map(([key, child]) => (
            <Value
              key={key}
              name={list ? undefined : key}
              value={child}
              depth={depth + 1}
              // With many items, each can be opened on its own; opening all would be too long.
              open={entries.length > COLLAPSE_FROM ? false : undefined}
            />
          ))}
          {entries.length > shown && (
            <div style={{ paddingLeft: (depth + 1) * 14 }}>
              <button
                type="button"
                className="text-muted underline underline-offset-2 hover:text-text"
                onClick={() => setShown(shown + PAGE * 4)}
              >
                {(entries.length - shown).toLocaleString('en')} more
              </button>
            </div>
          )}
          <div style={{ paddingLeft: depth * 14 + 8 }} className="text-muted">
            {right}
          </div>
        </>
      )}
    </>
  )
}

function Row({ depth, name, children }: { depth: number; name?: ReactNode; children: ReactNode }) {
  return (
    <div style={{ paddingLeft: depth * 14 + 8 }}>
      {name}
      {children}
    </div>
  )
}

function Value({
  name,
  value,
  depth,
  open,
}: {
  name?: string | undefined
  value: unknown
  depth: number
  open?: boolean | undefined
}) {
  const long = useContext(LongContext)
  const label =
    name === undefined ? undefined : (
      <>
        <span className="[overflow-wrap:anywhere] text-key">"{name}"</span>
        {': '}
      </>
    )
  if (typeof value === 'object' && value !== null) {
    return <Branch name={label} value={value} depth={depth} open={open ?? (depth < 2 && !long)} />
  }
  return (
    <Row depth={depth} name={label}>
      <Leaf value={value} />
    </Row>
  )
}

/** The maximum number of rows at first; what exceeds it stays closed, so that a large value is cheap to render. */
const LONG_FROM_ROWS = 40

/** The number of rows of a value with its first two levels open, counted only as far as needed. */
function rowsOf(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null || depth >= 2) return 1
  let rows = 2
  for (const child of Object.values(value)) {
    rows += rowsOf(child, depth + 1)
    if (rows > LONG_FROM_ROWS) break
  }
  return rows
}

export function JsonView({ value, className }: { value: unknown; className?: string }) {
  return (
    <div className={cx('font-mono text-xs leading-6', className)}>
      <LongContext value={rowsOf(value, 0) > LONG_FROM_ROWS}>
        <Value value={value} depth={0} open />
      </LongContext>
    </div>
  )
}
