// State is always icon + word + colour, never colour alone.

import { CircleCheck, CircleDashed, CircleX, Clock, Loader, type LucideIcon, Square } from 'lucide-react'
import { cx } from './cx.ts'

export type Status = 'idle' | 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled' | 'skipped'

type Look = { icon: LucideIcon; word: string; text: string; soft: string; bar: string }

const looks: Record<Status, Look> = {
  idle: { icon: CircleDashed, word: 'Not started', text: 'text-muted', soft: 'bg-raise', bar: 'bg-line2' },
  queued: { icon: CircleDashed, word: 'Queued', text: 'text-muted', soft: 'bg-raise', bar: 'bg-faint' },
  running: { icon: Loader, word: 'Running', text: 'text-run', soft: 'bg-run-soft', bar: 'bg-run' },
  waiting: { icon: Clock, word: 'Waiting', text: 'text-wait', soft: 'bg-wait-soft', bar: 'bg-wait' },
  succeeded: { icon: CircleCheck, word: 'Succeeded', text: 'text-ok', soft: 'bg-ok-soft', bar: 'bg-ok' },
  failed: { icon: CircleX, word: 'Failed', text: 'text-fail', soft: 'bg-fail-soft', bar: 'bg-fail' },
  cancelled: { icon: Square, word: 'Cancelled', text: 'text-muted', soft: 'bg-raise', bar: 'bg-faint' },
  skipped: { icon: CircleDashed, word: 'Skipped', text: 'text-muted', soft: 'bg-raise', bar: 'bg-line2' },
}

export const statusWord = (status: Status): string => looks[status].word
export const statusBar = (status: Status): string => looks[status].bar
export const statusText = (status: Status): string => looks[status].text

/** The server writes states in capitals. */
export function toStatus(value: string): Status {
  const lower = value.toLowerCase()
  return lower in looks ? (lower as Status) : 'idle'
}

export function StatusIcon({ status, size = 14, className }: { status: Status; size?: number; className?: string }) {
  const look = looks[status]
  const Icon = look.icon
  return (
    <Icon
      size={size}
      aria-hidden="true"
      className={cx('shrink-0', look.text, status === 'running' && 'fm-spin', className)}
    />
  )
}

export function StatusPill({ status, word, className }: { status: Status; word?: string; className?: string }) {
  const look = looks[status]
  return (
    <span
      className={cx(
        'inline-flex h-5 shrink-0 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap',
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
