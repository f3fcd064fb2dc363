// Runs over a span of time as bars in the colours of their states; each bar leads to its runs.

import { Link } from '@tanstack/react-router'
import type { TrendFragment } from '@flowmason/graphql'
import { Skeleton, cx, formatDuration } from '@flowmason/ui'
import { type Bucket, type Part, partsOf, percent, scaleOf, sumsOf, totalOf } from '../lib/trend.ts'
import { count } from '../lib/words.ts'

const fills: Record<Part['kind'], string> = {
  succeeded: 'bg-ok',
  failed: 'bg-fail',
  cancelled: 'bg-faint',
  open: 'bg-run',
}
const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' })

/** A bucket is an hour, or a day in UTC. */
function wordsOf(bucket: Bucket, daily: boolean): string {
  const when = daily ? day.format(new Date(bucket.start)) : hour.format(new Date(bucket.start))
  const all = totalOf(bucket)
  if (all === 0) return `${when}: no runs`
  const parts = [
    bucket.succeeded > 0 && `${bucket.succeeded} succeeded`,
    bucket.failed > 0 && `${bucket.failed} failed`,
    bucket.cancelled > 0 && `${bucket.cancelled} cancelled`,
    bucket.open > 0 && `${bucket.open} in progress`,
    bucket.p50Ms !== null && `median ${formatDuration(bucket.p50Ms)}`,
  ]
  return `${when}: ${parts.filter(Boolean).join(', ')}`
}

export function TrendChart({
  title,
  trend,
  daily,
}: {
  title: string
  trend: TrendFragment | undefined
  daily: boolean
}) {
  const sums = trend && sumsOf(trend.buckets)
  const scale = trend ? scaleOf(trend.buckets) : 1
  const last = trend?.buckets.at(-1)
  const length = daily ? 86_400_000 : 3_600_000
  return (
    <section aria-label={title} className="min-w-0 rounded-float border border-line bg-panel p-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 className="text-xs text-muted">{title}</h2>
        <span className="flex-1" />
        {sums?.share !== undefined && (
          <span className="text-xs text-muted">
            <span className={cx('tnum font-medium', sums.failed > 0 ? 'text-text' : 'text-ok')}>
              {percent(sums.share)}
            </span>{' '}
            succeeded
          </span>
        )}
      </div>
      {sums ? (
        <p className="page-title tnum">{count(sums.total, 'run')}</p>
      ) : (
        <Skeleton className="mt-1 mb-1.5 h-5 w-24" />
      )}
      <div className="mt-2 flex h-24 gap-2">
        <div className="relative flex min-w-0 flex-1 items-stretch gap-px border-b border-line2 sm:gap-0.5">
          {trend?.buckets.map((bucket) => (
            <Bar key={bucket.start} bucket={bucket} scale={scale} daily={daily} length={length} />
          ))}
        </div>
        <div className="tnum flex w-7 flex-col justify-between text-2xs text-muted" aria-hidden="true">
          <span className="-mt-1">{trend && scale}</span>
          <span className="-mb-1">0</span>
        </div>
      </div>
      <div className="mt-1 flex justify-between pr-9 text-2xs text-muted" aria-hidden="true">
        <span>{daily ? '30 days ago' : '24 hours ago'}</span>
        <span>{last && (daily ? 'today' : 'now')}</span>
      </div>
      {sums && (
        <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
          <Key fill={fills.succeeded} n={sums.succeeded} word="succeeded" />
          <Key fill={fills.failed} n={sums.failed} word="failed" />
          <Key fill={fills.cancelled} n={sums.cancelled} word="cancelled" />
          {sums.open > 0 && <Key fill={fills.open} n={sums.open} word="in progress" />}
          {trend && !trend.complete && <span>Counted over the newest 50,000 runs.</span>}
        </p>
      )}
    </section>
  )
}

function Key({ fill, n, word }: { fill: string; n: number; word: string }) {
  return (
    <span className="flex items-center gap-1.5">
      <span className={cx('size-2 rounded-[2px]', fill)} aria-hidden="true" />
      <span className="tnum">{n.toLocaleString('en')}</span> {word}
    </span>
  )
}

function Bar({ bucket, scale, daily, length }: { bucket: Bucket; scale: number; daily: boolean; length: number }) {
  const words = wordsOf(bucket, daily)
  const parts = partsOf(bucket, scale)
  // An empty bar is no place to go, and no stop of the Tab key.
  if (parts.length === 0) return <span className="min-w-0 flex-1 hover:bg-raise" data-tip={words} data-tip-side="top" />
  return (
    <Link
      to="/runs"
      search={{ since: bucket.start, until: new Date(Date.parse(bucket.start) + length).toISOString() }}
      aria-label={words}
      data-tip={words}
      data-tip-side="top"
      className="relative min-w-0 flex-1 rounded-t-[2px] hover:bg-raise focus-visible:outline-offset-0"
    >
      {parts.map((part) => (
        <span
          key={part.kind}
          className={cx('absolute inset-x-0 first:rounded-t-[2px]', fills[part.kind])}
          style={{
            bottom: `${part.from * 100}%`,
            // A single failure among thousands is still seen.
            height: `max(2px, ${(part.to - part.from) * 100}%)`,
          }}
        />
      ))}
    </Link>
  )
}
