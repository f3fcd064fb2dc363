// A trend as numbers: sums, the share that succeeded, and the heights of its bars.

import type { TrendFragment } from '@flowmason/graphql'

export type Bucket = TrendFragment['buckets'][number]

export interface Sums {
  total: number
  succeeded: number
  failed: number
  cancelled: number
  open: number
  /** Of those that succeeded or failed; undefined when there are none. */
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

/** `99.2%`; never 100% while one failed, nor 0% while one succeeded. */
export function percent(share: number): string {
  const text = (share * 100).toFixed(1)
  if (share < 1 && text === '100.0') return '99.9%'
  if (share > 0 && text === '0.0') return '0.1%'
  return `${text.replace(/\.0$/, '')}%`
}

/** The next 1, 2 or 5 times a power of ten: where the scale ends. */
export function scaleOf(buckets: readonly Bucket[]): number {
  const most = Math.max(1, ...buckets.map(totalOf))
  const power = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= most) ?? most
}

export type Kind = 'succeeded' | 'open' | 'cancelled' | 'failed'
/** From the bottom of a bar: what went well, what is open, what was cancelled; failures stand on top. */
const KINDS: readonly Kind[] = ['succeeded', 'open', 'cancelled', 'failed']

export interface Part {
  kind: Kind
  /** From the bottom, in hundredths of the scale. */
  from: number
  to: number
}

/** The least height of a part, in hundredths: a single failure among thousands is still seen. */
const LEAST = 2

export function partsOf(bucket: Bucket, scale: number): Part[] {
  const heights = KINDS.filter((kind) => bucket[kind] > 0).map((kind) => ({
    kind,
    height: Math.max(LEAST, (bucket[kind] / scale) * 100),
  }))
  // What small parts are given beyond their share is taken from the largest, so that no bar leaves the scale.
  const over = heights.reduce((sum, { height }) => sum + height, 0) - 100
  const largest = heights.toSorted((a, b) => b.height - a.height)[0]
  if (over > 0 && largest) largest.height -= over
  let at = 0
  return heights.map(({ kind, height }) => ({ kind, from: at, to: (at += height) }))
}

/** The share of its place that a bar fills. */
const FILLED = 0.82

/** One path for each kind: a bar is one wide, the scale a hundred high. */
export function pathsOf(buckets: readonly Bucket[], scale: number): Record<Kind, string> {
  const paths: Record<Kind, string> = { succeeded: '', open: '', cancelled: '', failed: '' }
  buckets.forEach((bucket, index) => {
    for (const { kind, from, to } of partsOf(bucket, scale))
      paths[kind] += `M${index + (1 - FILLED) / 2} ${100 - to}h${FILLED}V${100 - from}h${-FILLED}z`
  })
  return paths
}
