// Long work as a generator that stops now and then: done at once, or in slices between which the page answers.

import { yieldToPage } from '@flowmason/ui'

export type Steps<Result> = Generator<undefined, Result, undefined>

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const next = steps.next()
    if (next.done) return next.value
  }
}

/** A slower machine than ours, by a factor of four, still answers within a frame or two. */
const SLICE_MS = 6

export async function inSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const until = performance.now() + SLICE_MS
    do {
      const next = steps.next()
      if (next.done) return next.value
    } while (performance.now() < until)
    await yieldToPage()
  }
}
