// A pipeline of a thousand stages: only what is in view is rendered.

import { createPipeline, expect, startRunOf, test, visit } from './fixtures.ts'
import { startThousand } from './thousand.ts'

/** The maximum number of elements of a page with canvas, list and inspector; a thousand cards alone have 17,000. */
const MAX_ELEMENTS = 500

test('a run of a thousand stages is rendered with few elements, in the lists too', async ({ page }) => {
  test.setTimeout(90_000)
  await visit(page, '/')
  const run = await startThousand(page)
  const elements = () => page.evaluate(() => document.querySelectorAll('body *').length)
  for (const tab of ['timeline', 'events']) {
    await visit(page, `/runs/${run}?tab=${tab}`)
    await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible({ timeout: 20_000 })
    await expect(page.getByTestId('far')).toBeVisible({ timeout: 20_000 })
    expect(await elements(), tab).toBeLessThan(MAX_ELEMENTS)
  }
  // The layout and the state of every stage are loaded, and still nothing out of view is rendered.
  await visit(page, `/runs/${run}`)
  await expect(page.getByTestId('far').locator('path[fill="var(--ok)"]')).toHaveCount(1, { timeout: 20_000 })
  await page.waitForTimeout(1500)
  expect(await elements(), 'at rest').toBeLessThan(MAX_ELEMENTS)
  await visit(page, '/pipelines?search=thousand')
  await expect(page.getByRole('link', { name: /thousand/ }).first()).toBeVisible()
  expect(await elements(), 'the list with its pictures').toBeLessThan(500)
})

test('three hundred stages are shown as a whole, in the colors of their states, and one is selected in the far view', async ({
  page,
}) => {
  await visit(page, '/')
  const stages = Array.from({ length: 300 }, (_, at) => ({
    id: `stage-${at}`,
    component: 'json_transform',
    depends_on: at === 0 ? [] : [`stage-${at - 1}`],
    config: { data: { at }, expression: 'data' },
  }))
  const run = await startRunOf(page, await createPipeline(page, { name: 'three-hundred', stages }))
  await visit(page, `/runs/${run}`)
  await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible({ timeout: 20_000 })
  const far = page.getByTestId('far')
  await expect(far).toBeVisible({ timeout: 20_000 })
  const [all, pane] = [await far.boundingBox(), await page.locator('.fm-pane').boundingBox()]
  if (!all || !pane) throw new Error('nothing is drawn')
  expect(all.x).toBeGreaterThanOrEqual(pane.x)
  expect(all.y).toBeGreaterThanOrEqual(pane.y)
  expect(all.x + all.width).toBeLessThanOrEqual(pane.x + pane.width)
  expect(all.y + all.height).toBeLessThanOrEqual(pane.y + pane.height)
  expect(all.width > pane.width * 0.6 || all.height > pane.height * 0.6, 'the pane is used').toBe(true)
  await expect(far.locator('path[fill="var(--ok)"]')).toHaveCount(1)
  await page.getByRole('button', { name: 'Zoom in' }).click({ clickCount: 12, delay: 20 })
  await expect(page.locator('[data-stage]').first()).toBeVisible()
  await page.getByRole('button', { name: 'Show everything' }).click()
  await expect(page.locator('[data-stage]')).toHaveCount(0)
})
