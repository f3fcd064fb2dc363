// Long work as a generator that yields from time to time: run at once, or in slices between which the page can respond.

import { yieldToPage } from '@flowmason/ui'

export type Steps<Result> = Generator<undefined, Result, undefined>

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const next = steps.next()
    if (next.done) return next.value
  }
}

/** The length of a slice: a machine four times slower still responds within a frame or two. */
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
