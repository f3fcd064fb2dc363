// The numbers of a trend chart: sums, success rate, and heights of bars.

import type { TrendFragment } from '@flowmason/graphql'

export type Bucket = TrendFragment['buckets'][number]

export interface Sums {
  total: number
  succeeded: number
  failed: number
  cancelled: number
  open: number
  /** The fraction of succeeded and failed runs that succeeded; undefined if there are none. */
  share: number | undefined
}

export const totalOf = ({ succeeded, failed, cancelled, open }: Bucket): number => succeeded + failed + cancelled + open

export function sumsOf(buckets: readonly Bucket[]): Sums {
  const sums = { total: 0, succeeded: 0, failed: 0, cancelled: 0, open: 0 }
  for (const bucket of buckets) {
    sums.total += totalOf(bucket)
    sums.succeeded += bucket.succeeded
    sums.failed += bucket.failed
    sums.cancelled += bucket.cancelled
    sums.open += bucket.open
  }
  const judged = sums.succeeded + sums.failed
  return { ...sums, share: judged === 0 ? undefined : sums.succeeded / judged }
}

/** `99.2%`; never 100% if one failed, nor 0% if one succeeded. */
export function percent(share: number): string {
  const text = (share * 100).toFixed(1)
  if (share < 1 && text === '100.0') return '99.9%'
  if (share > 0 && text === '0.0') return '0.1%'
  return `${text.replace(/\.0$/, '')}%`
}

/** The end of the scale: the next 1, 2 or 5 times a power of ten. */
export function scaleOf(buckets: readonly Bucket[]): number {
  const most = Math.max(1, ...buckets.map(totalOf))
  const power = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= most) ?? most
}

export type Kind = 'succeeded' | 'open' | 'cancelled' | 'failed'
/** The order in a bar from the bottom: succeeded, in progress, cancelled, and failed on top. */
const KINDS: readonly Kind[] = ['succeeded', 'open', 'cancelled', 'failed']

export interface Part {
  kind: Kind
  /** The distance from the bottom, in hundredths of the scale. */
  from: number
  to: number
}

/** The minimum height of a part, in hundredths, so that a single failure among thousands is visible. */
const LEAST = 2

export function partsOf(bucket: Bucket, scale: number): Part[] {
  const heights = KINDS.filter((kind) => bucket[kind] > 0).map((kind) => ({
    kind,
    height: Math.max(LEAST, (bucket[kind] / scale) * 100),
  }))
  // The extra height of small parts is taken from the largest, so that no bar exceeds the scale.
  const over = heights.reduce((sum, { height }) => sum + height, 0) - 100
  const largest = heights.toSorted((a, b) => b.height - a.height)[0]
  if (over > 0 && largest) largest.height -= over
  let at = 0
  return heights.map(({ kind, height }) => ({ kind, from: at, to: (at += height) }))
}

/** The width of a bar as a fraction of its slot. */
const FILLED = 0.82

/** One path for each kind. A slot is 1 unit wide, the scale 100 high. */
export function pathsOf(buckets: readonly Bucket[], scale: number): Record<Kind, string> {
  const paths: Record<Kind, string> = { succeeded: '', open: '', cancelled: '', failed: '' }
  buckets.forEach((bucket, index) => {
    for (const { kind, from, to } of partsOf(bucket, scale))
      paths[kind] += `M${index + (1 - FILLED) / 2} ${100 - to}h${FILLED}V${100 - from}h${-FILLED}z`
  })
  return paths
}
