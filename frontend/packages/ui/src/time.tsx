// Times are shown twice: relative and ticking in the text, exact with zone and milliseconds in the tooltip.

import { useSyncExternalStore } from 'react'
import { dateFormat } from './region.ts'
import { Tip } from './tip.tsx'
import { cx } from './cx.ts'

/** One clock per interval for the whole page, so that a hundred running things need only one timer. */
function makeClock(everyMs: number) {
  const listeners = new Set<() => void>()
  let now = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  return {
    subscribe(listener: () => void) {
      listeners.add(listener)
      now = Date.now()
      timer ??= setInterval(() => {
        now = Date.now()
        for (const each of listeners) each()
      }, everyMs)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) {
          clearInterval(timer)
          timer = undefined
        }
      }
    },
    get: () => now,
  }
}

let heldAt: number | undefined
const holders = new Set<() => void>()

/**
 * Stops elapsed and remaining times while their state is unknown, such as the time of a running stage while the server
 * cannot be reached. Relative times of the past continue.
 */
export function holdClock(hold: boolean) {
  if (hold === (heldAt !== undefined)) return
  heldAt = hold ? Date.now() : undefined
  for (const each of holders) each()
}

const running = makeClock(100)
const fast = {
  subscribe(listener: () => void) {
    holders.add(listener)
    const leave = running.subscribe(listener)
    return () => {
      holders.delete(listener)
      leave()
    }
  },
  get: () => heldAt ?? running.get(),
}
const slow = makeClock(5000)
const still = { subscribe: () => () => {}, get: () => 0 }

/** The current time, kept up to date while `counts` is true; the caller corrects for the server's clock. */
export function useNow(counts: boolean, pace: 'fast' | 'slow' = 'fast'): number {
  const clock = counts ? (pace === 'fast' ? fast : slow) : still
  return useSyncExternalStore(clock.subscribe, clock.get)
}

/** `412 ms`, `2.1 s`, `1 min 05 s`, `3 h 12 min`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) ms = 0
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
  return `${Math.round(minutes / 1440)} days`
}

/** `4 s`, `3 min`, `24 h`, `2 days`: about how long. */
export function formatSpan(ms: number): string {
  const seconds = Math.abs(ms) / 1000
  if (seconds < 60) return `${Math.round(seconds)} s`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`
  const days = Math.round(seconds / 86_400)
  return `${days} ${days === 1 ? 'day' : 'days'}`
}

/**
 * `in 30 s`, `just now`, `3 min ago`, `2 days ago`. The page's clock ticks every five seconds and may differ from the
 * server's, so what has just happened can seem to be a little ahead.
 */
export function formatAgo(ms: number): string {
  if (Math.abs(ms) < 5000) return 'just now'
  return ms > 0 ? `${formatSpan(ms)} ago` : `in ${formatSpan(ms)}`
}

const EXACT = {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  timeZoneName: 'short',
} as const

export const formatExact = (at: string | number): string => dateFormat(EXACT).format(new Date(at))

export function Ago({ at, className }: { at: string; className?: string }) {
  const now = useNow(true, 'slow')
  return (
    <Tip text={formatExact(at)}>
      <time dateTime={at} className={cx('whitespace-nowrap', className)}>
        {formatAgo(now - Date.parse(at))}
      </time>
    </Tip>
  )
}

/** How long something still lasts, as in “works for 24 h”; nothing is left once it has ended. */
export function Left({ until }: { until: string }) {
  const now = useNow(true, 'slow')
  return (
    <Tip text={formatExact(until)}>
      <time dateTime={until} className="whitespace-nowrap">
        {formatSpan(Math.max(0, Date.parse(until) - now))}
      </time>
    </Tip>
  )
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** A date with its time, for after “since” and “until”. */
export const Moment = ({ at }: { at: string }) => (
  <Tip text={formatExact(at)}>
    <time dateTime={at} className="whitespace-nowrap">
      {moment.format(new Date(at))}
    </time>
  </Tip>
)

/** A duration that counts up until there is an end. */
export function Elapsed({ from, to, className }: { from: number; to: number | undefined; className?: string }) {
  const now = useNow(to === undefined)
  return (
    <span className={cx('tnum whitespace-nowrap', className)}>
      {formatDuration((to ?? Math.max(now, from)) - from)}
    </span>
  )
}
