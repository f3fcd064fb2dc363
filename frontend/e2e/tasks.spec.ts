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
 * The aim is 50 ms: a page that is busy for longer does not answer to a key or a click at once. The rest is for a
 * machine that does much else meanwhile.
 */
const LONGEST_MS = 60
const SLOWER = 4
const TRIES = 6

/** The browser gives back memory, of this opening or of those before it, when it wants to: within a task or in one. */
const COLLECTS = new Set(['MajorGC', 'MinorGC'])

/**
 * The tasks of the page's main thread since the click that opened the run, in milliseconds on a processor four times
 * slower: each task's own time on the processor, four-fold. The browser's own slowing down goes by the clock, so that
 * whatever else a busy machine does would be counted four-fold as well. Collecting garbage is taken off, and only that:
 * the rest of such a task counts.
 */
function tasksOf(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const click = traceEvents.findLast(({ name, args }) => name === 'EventDispatch' && args?.data?.type === 'click')
  if (!click) throw new Error('the trace has no click')
  const main = traceEvents.filter(({ pid, tid }) => pid === click.pid && tid === click.tid)
  const own = ({ tdur, dur = 0 }: TraceEvent) => tdur ?? dur
  const end = ({ ts, dur = 0 }: TraceEvent) => ts + dur
  const collections = main.filter(({ name, dur }) => COLLECTS.has(name) && dur !== undefined)
  return main
    .filter((task) => task.name === 'RunTask' && end(task) >= click.ts)
    .map((task) => {
      const inside = collections.filter((each) => each.ts >= task.ts && end(each) <= end(task))
      return ((own(task) - inside.reduce((sum, each) => sum + own(each), 0)) / 1000) * SLOWER
    })
}

test('a run of a thousand stages opens without a task over 60 ms on a processor four times slower', async ({
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
    const row = page.locator(`a[data-row][href="/runs/${run}"]`)
    // A person points at the row before pressing it; the browser would take the way there and the press in one task.
    await row.hover()
    // What is loaded ahead is loaded by then.
    await page.waitForTimeout(5000)
    await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] })
    await row.click()
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
