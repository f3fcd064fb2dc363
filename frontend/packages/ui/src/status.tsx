// A status is always icon + word + color, never color alone.

import { cx } from './cx.ts'

export type Status = 'idle' | 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled' | 'skipped'

// Icons of lucide, each as one path, since lists have hundreds of them.
const RING = 'M2 12a10 10 0 1 0 20 0 10 10 0 1 0-20 0'
const DASHED =
  'M10.1 2.182a10 10 0 0 1 3.8 0M13.9 21.818a10 10 0 0 1-3.8 0M17.609 3.721a10 10 0 0 1 2.69 2.7M2.182 13.9a10 10 0 0 1 0-3.8M20.279 17.609a10 10 0 0 1-2.7 2.69M21.818 10.1a10 10 0 0 1 0 3.8M3.721 6.391a10 10 0 0 1 2.7-2.69M6.391 20.279a10 10 0 0 1-2.69-2.7'
const CHECKED = `${RING}m14-3-5.5 5.5L8 12`
const CROSSED = `${RING}m13-3-6 6m0-6 6 6`
const CLOCK = `${RING}m10-6v6l4 2`
export const LOADER =
  'M12 2v4M16.2 7.8l2.9-2.9M18 12h4M16.2 16.2l2.9 2.9M12 18v4M4.9 19.1l2.9-2.9M2 12h4M4.9 4.9l2.9 2.9'
const SQUARE = 'M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z'

type Look = { icon: string; word: string; text: string; soft: string; bar: string }

const looks: Record<Status, Look> = {
  idle: { icon: DASHED, word: 'Not started', text: 'text-muted', soft: 'bg-raise', bar: 'bg-line2' },
  queued: { icon: DASHED, word: 'Queued', text: 'text-muted', soft: 'bg-raise', bar: 'bg-faint' },
  running: { icon: LOADER, word: 'Running', text: 'text-run', soft: 'bg-run-soft', bar: 'bg-run' },
  waiting: { icon: CLOCK, word: 'Waiting', text: 'text-wait', soft: 'bg-wait-soft', bar: 'bg-wait' },
  succeeded: { icon: CHECKED, word: 'Succeeded', text: 'text-ok', soft: 'bg-ok-soft', bar: 'bg-ok' },
  failed: { icon: CROSSED, word: 'Failed', text: 'text-fail', soft: 'bg-fail-soft', bar: 'bg-fail' },
  cancelled: { icon: SQUARE, word: 'Cancelled', text: 'text-muted', soft: 'bg-raise', bar: 'bg-faint' },
  skipped: { icon: DASHED, word: 'Skipped', text: 'text-muted', soft: 'bg-raise', bar: 'bg-line2' },
}

export const statusWord = (status: Status): string => looks[status].word
export const statusBar = (status: Status): string => looks[status].bar
export const statusText = (status: Status): string => looks[status].text

/** Converts a status of the server, which is in capitals. */
export function toStatus(value: string): Status {
  const lower = value.toLowerCase()
  return lower in looks ? (lower as Status) : 'idle'
}

export function StatusIcon({ status, size = 14, className }: { status: Status; size?: number; className?: string }) {
  const look = looks[status]
  return <Shape path={look.icon} size={size} className={cx(look.text, status === 'running' && 'fm-spin', className)} />
}

/** An icon made of one path. */
export function Shape({ path, size, className }: { path: string; size: number; className?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={cx('shrink-0', className)}
    >
      <path d={path} />
    </svg>
  )
}

/** `slim`: on a phone only the icon is visible; the word is still read out by screen readers. */
export function StatusPill({
  status,
  word,
  slim = false,
  className,
}: {
  status: Status
  word?: string
  slim?: boolean
  className?: string
}) {
  const look = looks[status]
  return (
    <span
      className={cx(
        'inline-flex h-5 w-fit shrink-0 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap',
        slim && 'max-sm:w-5 max-sm:overflow-hidden max-sm:bg-transparent max-sm:px-0 max-sm:[&>svg]:size-5',
        look.text,
        look.soft,
        className,
      )}
    >
      <StatusIcon status={status} size={12} />
      {word ?? look.word}
    </span>
  )
}
