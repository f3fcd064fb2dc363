// How long the page is busy at once. Runs by itself, after all others: see playwright.config.ts.

import { becomes, expect, test, visit } from './fixtures.ts'
import { startThousand } from './thousand.ts'

interface TraceEvent {
  name: string
  pid: number
  tid: number
  ts: number
  /** In millionths of a second: on the clock, and of the thread's own time. */
  dur?: number
  tdur?: number
  args?: { data?: { type?: string } }
}

/**
 * What holds today. The aim is 50 ms, over which a page does not answer to a key or a click at once; one task of about
 * 100 ms remains in some openings.
 */
const LONGEST_MS = 200
const SLOWER = 4
const TRIES = 6

/**
 * The tasks of the page's main thread since the click that opened the run, in milliseconds on a processor four times
 * slower: each task's own time on the processor, four-fold. The browser's own slowing down goes by the clock, so that
 * whatever else a busy machine does would be counted four-fold as well.
 */
function tasksOf(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const click = traceEvents.findLast(({ name, args }) => name === 'EventDispatch' && args?.data?.type === 'click')
  if (!click) throw new Error('the trace has no click')
  return traceEvents
    .filter(({ name, pid, tid }) => name === 'RunTask' && pid === click.pid && tid === click.tid)
    .filter(({ ts, dur = 0 }) => ts + dur >= click.ts)
    .map(({ tdur, dur }) => ((tdur ?? dur ?? 0) / 1000) * SLOWER)
}

test('a run of a thousand stages opens without a task over 200 ms on a processor four times slower', async ({
  page,
  browser,
}) => {
  test.setTimeout(200_000)
  await visit(page, '/')
  const run = await startThousand(page)
  await becomes(page, run, 'SUCCEEDED')
  let best: number[] | undefined
  for (let round = 0; round < TRIES && (best === undefined || best.length > 0); round++) {
    await visit(page, '/runs')
    // What is loaded ahead is loaded by then.
    await page.waitForTimeout(5000)
    await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] })
    await page.locator(`a[data-row][href="/runs/${run}"]`).click()
    await expect(page.getByTestId('far').locator('path[fill="var(--ok)"]')).toHaveCount(1, { timeout: 30_000 })
    await page.waitForTimeout(1500)
    const tasks = tasksOf(await browser.stopTracing())
    expect(tasks.length, 'tasks in the trace').toBeGreaterThan(50)
    const long = tasks.filter((ms) => ms > LONGEST_MS)
    test.info().annotations.push({
      type: 'tasks',
      description: `${tasks.length}, ${long.length} over ${LONGEST_MS} ms, the longest ${Math.max(...tasks).toFixed(0)} ms`,
    })
    if (best === undefined || long.length < best.length) best = long
  }
  // The processor's caches are shared with whatever else runs, so one quiet opening of a few proves it.
  expect(best?.map(Math.round), `tasks over ${LONGEST_MS} ms`).toEqual([])
})
