// One log line of a stage.

import { Link2 } from 'lucide-react'
import { IconButton, cx, dateFormat, formatExact, useRegion } from '@flowmason/ui'
import { addressWords } from './address.ts'
import type { LogEntry } from './journal.ts'

const levelColour = (level: string) =>
  ({ error: 'text-fail', warn: 'text-wait', warning: 'text-wait' })[level.toLowerCase()] ?? 'text-muted'

const CLOCK = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
} as const

export function LogLine({
  entry,
  marked = false,
  onSelect,
  onLink,
}: {
  entry: LogEntry
  marked?: boolean
  onSelect?: (address: string) => void
  onLink?: () => void
}) {
  useRegion()
  return (
    <div
      aria-current={marked ? 'true' : undefined}
      className={cx(
        'group flex gap-3 border-l-2 px-4 py-0.5 pl-3.5 font-mono text-xs leading-5 hover:bg-raise max-sm:flex-wrap max-sm:gap-x-2 max-sm:gap-y-0',
        marked ? 'border-copper bg-raise' : 'border-transparent',
      )}
    >
      <time className="shrink-0 text-muted" title={formatExact(entry.at)}>
        {dateFormat(CLOCK).format(entry.at)}
      </time>
      <span className={cx('w-10 shrink-0', levelColour(entry.level))}>{entry.level.toLowerCase()}</span>
      {onSelect && (
        <button
          type="button"
          onClick={() => onSelect(entry.address)}
          title={`${entry.address} in the API and the terminal`}
          className="w-40 shrink-0 self-start truncate text-left text-muted hover:text-text hover:underline max-sm:w-0 max-sm:flex-1"
        >
          {addressWords(entry.address)}
        </button>
      )}
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere] whitespace-pre-wrap max-sm:order-last max-sm:basis-full">
        {entry.message}
        {entry.data !== undefined && entry.data !== null && (
          <span className="text-muted"> {JSON.stringify(entry.data)}</span>
        )}
      </span>
      {onLink && (
        <IconButton
          label="Copy a link to this line"
          onClick={onLink}
          className="size-5 opacity-0 max-sm:-my-2 max-sm:ml-auto group-hover:opacity-100 focus-visible:opacity-100"
        >
          <Link2 size={13} aria-hidden="true" />
        </IconButton>
      )}
    </div>
  )
}
