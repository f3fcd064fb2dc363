// How fast the page's processor is at this moment. A shared machine changes its speed by a factor of two within seconds,
// so a bound in milliseconds is only meaningful together with it.

import type { Page } from '@playwright/test'

/** What performance budgets call "four-fold throttling". */
const SLOWER = 4

/**
 * The benchmark index from which Lighthouse counts a desktop as fast; its four-fold throttling is meant for those.
 * Source: https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md, "CPU Throttling".
 */
const FAST_DESKTOP = 1500

/**
 * The factor that turns CPU time of this page into that of a processor four times slower than a fast desktop: four on a
 * fast desktop, less on a slower machine, never more than four.
 */
export async function slowdown(page: Page): Promise<number> {
  return SLOWER * Math.min(1, (await page.evaluate(benchmarkIndex)) / FAST_DESKTOP)
}

/** The index as Lighthouse defines it: how often per second two small jobs are done, divided by ten, averaged. */
function benchmarkIndex(): number {
  const perSecond = (job: (round: number) => void) => {
    const start = performance.now()
    let rounds = 0
    do for (let each = 0; each < 10; each++) job(rounds++)
    while (performance.now() - start < 250)
    return (rounds * 1000) / (performance.now() - start)
  }
  const collecting = perSecond(() => {
    let text = ''
    for (let length = 0; length < 10_000; length++) text += 'a'
    if (text.length === 1) throw new Error('never happens, but keeps the loop from being optimized away')
  })
  const arrays = [0, 1].map(() => Array.from({ length: 100_000 }, (_, at) => at))
  const copying = perSecond((round) => {
    const [from = [], to = []] = round % 2 === 0 ? arrays : arrays.toReversed()
    for (let at = 0; at < from.length; at++) to[at] = from[at] ?? 0
  })
  return (collecting + copying) / 20
}
