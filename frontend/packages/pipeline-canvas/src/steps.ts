// Long work as a generator that stops now and then: done at once, or in slices between which the page answers.

export type Steps<Result> = Generator<undefined, Result, undefined>

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const next = steps.next()
    if (next.done) return next.value
  }
}

/** A slower machine than ours, by a factor of four, still answers within a frame or two. */
const SLICE_MS = 6

/** The page has its turn. */
export const rest = () => new Promise<void>((resolve) => setTimeout(resolve))

/** What was changed is on the screen; a hidden page has no frames to wait for. */
export const untilDrawn = () =>
  document.hidden ? rest() : new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)))

export async function inSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const until = performance.now() + SLICE_MS
    do {
      const next = steps.next()
      if (next.done) return next.value
    } while (performance.now() < until)
    await rest()
  }
}
