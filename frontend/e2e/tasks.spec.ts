// Measures long tasks of the page. Runs alone, after all other tests: see playwright.config.ts.

import { waitForStatus, expect, test, visit } from './fixtures.ts'
import { startThousand } from './thousand.ts'

interface TraceEvent {
  name: string
  pid: number
  tid: number
  ts: number
  /** In microseconds: elapsed time, and the thread's CPU time. */
  dur?: number
  tdur?: number
  args?: { data?: { type?: string } }
}

/** A page that is busy for longer does not respond to a key or a click at once. */
const LONGEST_MS = 50
const SLOWER = 4
const TRIES = 6

// Playwright's own trace takes snapshots of the page, which are long tasks themselves.
test.use({ trace: 'off' })

/** Garbage collection, of this opening or of earlier ones, which happens at any time: within a task or as its own. */
const COLLECTS = new Set(['MajorGC', 'MinorGC'])

/**
 * The tasks of the page's main thread since the click that opened the run, in milliseconds on a processor four times
 * slower: the CPU time of each task, multiplied by four. The browser's own CPU throttling uses elapsed time, so other
 * work on a busy machine would be multiplied as well. Only garbage collection is subtracted; the rest of such a task
 * counts.
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

test('a run of a thousand stages opens without a task over 50 ms on a processor four times slower', async ({
  page,
  browser,
}) => {
  test.setTimeout(200_000)
  await visit(page, '/')
  const run = await startThousand(page)
  await waitForStatus(page, run, 'SUCCEEDED')
  let best: number[] | undefined
  for (let round = 0; round < TRIES && (best === undefined || best.length > 0); round++) {
    await visit(page, '/runs')
    const row = page.locator(`a[data-row][href="/runs/${run}"]`)
    // A person points at the row before pressing it; otherwise the browser would handle both in one task.
    await row.hover()
    // By then, preloading is finished.
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
  // CPU caches are shared with other processes, so one good opening out of a few is sufficient.
  expect(best?.map(Math.round), `tasks over ${LONGEST_MS} ms`).toEqual([])
})
