// Runs over time as bars in the colors of their states. The chart is one control: the pointer or the arrow keys choose
// an hour or a day; the line below describes it and links to its runs.

import { type KeyboardEvent, type PointerEvent, useState } from 'react'
import { Link, useNavigate } from '@tanstack/react-router'
import type { TrendFragment } from '@flowmason/graphql'
import { Skeleton, cx, dateFormat, formatDuration, useRegion } from '@flowmason/ui'
import { type Bucket, type Kind, pathsOf, percent, scaleOf, sumsOf, totalOf } from '../lib/trend.ts'
import { count } from '../lib/words.ts'

const looks: Record<Kind, { word: string; square: string; fill: string }> = {
  succeeded: { word: 'succeeded', square: 'bg-ok', fill: 'var(--ok)' },
  failed: { word: 'failed', square: 'bg-fail', fill: 'var(--fail)' },
  cancelled: { word: 'cancelled', square: 'bg-faint', fill: 'var(--faint)' },
  open: { word: 'in progress', square: 'bg-run', fill: 'var(--run)' },
}
const KEYS: readonly Kind[] = ['succeeded', 'failed', 'cancelled', 'open']
const HOUR = { hour: 'numeric', minute: '2-digit' } as const
const DAY = { month: 'short', day: 'numeric', timeZone: 'UTC' } as const

/** A bucket is an hour, or a day in UTC. */
function wordsOf(bucket: Bucket, daily: boolean): string {
  const when = dateFormat(daily ? DAY : HOUR).format(new Date(bucket.start))
  const all = totalOf(bucket)
  if (all === 0) return `${when}: no runs`
  const parts = [
    bucket.succeeded > 0 && `${bucket.succeeded} succeeded`,
    bucket.failed > 0 && `${bucket.failed} failed`,
    bucket.cancelled > 0 && `${bucket.cancelled} cancelled`,
    bucket.open > 0 && `${bucket.open} in progress`,
    bucket.p50Ms !== null && `median duration ${formatDuration(bucket.p50Ms)}`,
  ]
  return `${when}: ${parts.filter(Boolean).join(', ')}`
}

const HOUR_MS = 3_600_000

/** A filter for the runs of an hour or a day. */
const runsOf = ({ start }: Bucket, daily: boolean) => ({
  since: start,
  until: new Date(Date.parse(start) + (daily ? 24 : 1) * HOUR_MS).toISOString(),
})

export function TrendChart({
  title,
  trend,
  daily,
}: {
  title: string
  trend: TrendFragment | undefined
  daily: boolean
}) {
  useRegion()
  const [chosen, setChosen] = useState<number>()
  const buckets = trend?.buckets
  const sums = buckets && sumsOf(buckets)
  const scale = buckets ? scaleOf(buckets) : 1
  // By default the last bucket with runs.
  const at = buckets && Math.min(chosen ?? buckets.findLastIndex((each) => totalOf(each) > 0), buckets.length - 1)
  return (
    <section aria-label={title} className="min-w-0 rounded-float border border-line bg-panel p-4">
      <div className="flex items-baseline justify-between gap-3">
        <h2 className="text-xs text-muted">{title}</h2>
        {sums?.share !== undefined && (
          <p
            className="text-xs text-muted"
            data-tip="Of the runs that succeeded or failed. Cancelled runs and runs in progress are not counted"
          >
            <span className={cx('tnum font-medium', sums.failed > 0 ? 'text-text' : 'text-ok')}>
              {percent(sums.share)}
            </span>{' '}
            of {count(sums.succeeded + sums.failed, 'completed run')} succeeded
          </p>
        )}
      </div>
      {sums ? (
        <p className="page-title tnum">{count(sums.total, 'run')}</p>
      ) : (
        <Skeleton className="mt-1 mb-1.5 h-5 w-24" />
      )}
      <div className="mt-2 flex h-24 gap-2">
        {buckets ? (
          <Bars buckets={buckets} scale={scale} daily={daily} at={at ?? -1} onChoose={setChosen} />
        ) : (
          <span className="flex-1 border-b border-line2" />
        )}
        <div className="tnum flex w-7 flex-col justify-between text-2xs text-muted" aria-hidden="true">
          <span className="-mt-1">{trend && scale}</span>
          <span className="-mb-1">0</span>
        </div>
      </div>
      <div className="mt-1 flex justify-between pr-9 text-2xs text-muted" aria-hidden="true">
        <span>{daily ? '30 days ago' : '24 hours ago'}</span>
        <span>{trend && (daily ? 'today' : 'now')}</span>
      </div>
      <Readout bucket={at === undefined ? undefined : buckets?.[at]} daily={daily} />
      {sums && (
        <p className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
          {KEYS.filter((kind) => kind !== 'open' || sums.open > 0).map((kind) => (
            <span key={kind} className="tnum flex items-center gap-1.5">
              <span className={cx('size-2 rounded-[2px]', looks[kind].square)} aria-hidden="true" />
              {sums[kind].toLocaleString('en')} {looks[kind].word}
            </span>
          ))}
          {trend && !trend.complete && <span>Based on the newest 50,000 runs.</span>}
        </p>
      )}
    </section>
  )
}

/** Reserves space for the whole text (two lines on a phone), so that nothing moves while another bucket is chosen. */
const readout = 'mt-2 block min-h-6 py-0.5 text-xs leading-5 max-sm:min-h-11'

/** Describes the chosen hour or day and links to its runs. */
function Readout({ bucket, daily }: { bucket: Bucket | undefined; daily: boolean }) {
  if (!bucket) return <p className={readout} />
  if (totalOf(bucket) === 0) return <p className={readout}>{wordsOf(bucket, daily)}</p>
  return (
    <Link
      to="/runs"
      search={runsOf(bucket, daily)}
      className={cx(readout, 'w-fit max-w-full underline decoration-line2 underline-offset-4 hover:decoration-current')}
    >
      {wordsOf(bucket, daily)}
    </Link>
  )
}

/** All bars of a color are one path; the chart is one tab stop. */
function Bars({
  buckets,
  scale,
  daily,
  at,
  onChoose,
}: {
  buckets: readonly Bucket[]
  scale: number
  daily: boolean
  at: number
  onChoose: (at: number) => void
}) {
  const navigate = useNavigate()
  const last = buckets.length - 1
  const open = (index: number) => {
    const bucket = buckets[index]
    if (bucket && totalOf(bucket) > 0) void navigate({ to: '/runs', search: runsOf(bucket, daily) })
  }
  const under = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    return Math.max(0, Math.min(last, Math.floor(((event.clientX - left) / width) * buckets.length)))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: last }[
      event.key
    ]
    if (event.key === 'Enter') open(at)
    else if (to !== undefined) onChoose(Math.max(0, Math.min(last, to)))
    else return
    event.preventDefault()
  }
  const paths = pathsOf(buckets, scale)
  const bucket = buckets[at]
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={daily ? 'Day' : 'Hour'}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={Math.max(0, at)}
      aria-valuetext={bucket ? wordsOf(bucket, daily) : 'No runs'}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => onChoose(under(event))}
      onPointerDown={(event) => onChoose(under(event))}
      // A touch only chooses; the line below opens the runs.
      onPointerUp={(event) => event.pointerType !== 'touch' && event.button === 0 && open(under(event))}
      className="min-w-0 flex-1 cursor-pointer touch-pan-y border-b border-line2"
    >
      <svg viewBox={`0 0 ${buckets.length} 100`} preserveAspectRatio="none" className="size-full" aria-hidden="true">
        {at >= 0 && <rect x={at} width={1} height={100} fill="var(--raise)" />}
        {KEYS.map((kind) => paths[kind] && <path key={kind} d={paths[kind]} fill={looks[kind].fill} />)}
      </svg>
    </div>
  )
}
