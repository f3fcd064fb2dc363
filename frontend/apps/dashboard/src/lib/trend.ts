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

export interface Part {
  kind: 'succeeded' | 'failed' | 'cancelled' | 'open'
  /** From the bottom, as shares of the scale. */
  from: number
  to: number
}

/** From the bottom: what went well, what is open, what was cancelled, what failed, so that failures stand on top. */
export function partsOf(bucket: Bucket, scale: number): Part[] {
  let at = 0
  const parts: Part[] = []
  for (const kind of ['succeeded', 'open', 'cancelled', 'failed'] as const) {
    if (bucket[kind] === 0) continue
    parts.push({ kind, from: at / scale, to: (at + bucket[kind]) / scale })
    at += bucket[kind]
  }
  return parts
}
