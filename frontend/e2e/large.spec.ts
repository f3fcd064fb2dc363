// A pipeline of a thousand stages: what is drawn is what is seen.

import { ask, createPipeline, expect, failing, startOf, test, visit } from './fixtures.ts'
import { startThousand } from './thousand.ts'

/** Of a page with a canvas, a list and an inspector; a thousand cards alone would be 17,000. */
const MOST = 500

test('a run of a thousand stages is drawn with few elements', async ({ page }) => {
  test.setTimeout(90_000)
  await visit(page, '/')
  const run = await startThousand(page)
  const elements = () => page.evaluate(() => document.querySelectorAll('body *').length)
  for (const tab of ['timeline', 'events']) {
    await visit(page, `/runs/${run}?tab=${tab}`)
    await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible({ timeout: 20_000 })
    await expect(page.getByTestId('far')).toBeVisible({ timeout: 20_000 })
    expect(await elements(), tab).toBeLessThan(MOST)
  }
  // The layout and the state of every stage are there, and still nothing is drawn that is not seen.
  await visit(page, `/runs/${run}`)
  await expect(page.getByTestId('far').locator('path[fill="var(--ok)"]')).toHaveCount(1, { timeout: 20_000 })
  await page.waitForTimeout(1500)
  expect(await elements(), 'at rest').toBeLessThan(MOST)
})

/** Of this name there are several, each row with all that a row can have: an id, a picture with frames, a cause. */
const crowded = {
  name: 'crowded',
  description: 'Forty stages, a loop among them, of which the first one fails.',
  stages: [
    ...failing('crowded').stages,
    { id: 'loop', component: 'foreach', config: { items: [1, 2], item_variable: 'item', loop_stages: ['inner'] } },
    { id: 'inner', component: 'json_transform', config: { data: '{{context.item}}', expression: 'data' } },
    ...Array.from({ length: 37 }, (_, at) => ({
      id: `stage-${at}`,
      component: 'json_transform',
      depends_on: [at < 4 ? 'fetch' : `stage-${at - 4}`],
      config: { data: { at }, expression: 'data' },
    })),
  ],
}
/** More than a page of a list. */
const CROWD = 31

test('lists stay small whatever is in them: full pages of pictures and of failed runs', async ({ page }) => {
  test.setTimeout(90_000)
  await visit(page, '/')
  const ids: string[] = []
  for (let made = 0; made < CROWD; made++) ids.push(await createPipeline(page, crowded))
  for (const id of ids) await startOf(page, id)
  const failed = () =>
    ask<{ runCounts: { failed: number } }>(
      page,
      'query ($ids: [ID!]!) { runCounts(filter: { pipelineIds: $ids }) { failed } }',
      { ids },
    )
  await expect.poll(async () => (await failed()).runCounts.failed, { timeout: 40_000 }).toBe(CROWD)

  const rows = page.locator('li:has(a[data-row])')
  const elements = () => page.evaluate(() => document.querySelectorAll('body *').length)
  await visit(page, '/pipelines?search=crowded')
  await expect(rows).toHaveCount(30)
  await expect(rows.first().getByRole('img', { name: 'Picture of 40 stages' })).toBeVisible()
  expect(await elements(), 'pipelines').toBeLessThan(MOST)
  // A row out of view has its name, and is filled when it is reached, also by keyboard.
  await expect(rows.last().getByRole('img')).toHaveCount(0)
  await page.keyboard.press('k')
  await expect(rows.last().getByRole('link', { name: 'crowded', exact: true })).toBeFocused()
  await expect(rows.last().getByRole('img')).toBeVisible()
  await expect(rows.first().getByRole('img')).toHaveCount(0)
  expect(await elements(), 'pipelines, scrolled').toBeLessThan(MOST)

  await visit(page, '/runs?q=crowded')
  await expect(rows).toHaveCount(30)
  await expect(rows.first()).toContainText('fetch')
  expect(await elements(), 'runs').toBeLessThan(MOST)
  await rows.last().scrollIntoViewIfNeeded()
  await expect(rows.last()).toContainText('fetch')
  expect(await elements(), 'runs, scrolled').toBeLessThan(MOST)

  await visit(page, '/')
  await expect(page.getByRole('region', { name: 'Needs you' }).getByText('crowded').first()).toBeVisible()
  await expect(page.getByRole('region', { name: 'Last 30 days' }).getByRole('slider')).toBeVisible()
  expect(await elements(), 'home').toBeLessThan(MOST)
})

test('three hundred stages are seen as a whole, in the colours of their states, and one is chosen from afar', async ({
  page,
}) => {
  await visit(page, '/')
  const stages = Array.from({ length: 300 }, (_, at) => ({
    id: `stage-${at}`,
    component: 'json_transform',
    depends_on: at === 0 ? [] : [`stage-${at - 1}`],
    config: { data: { at }, expression: 'data' },
  }))
  const run = await startOf(page, await createPipeline(page, { name: 'three-hundred', stages }))
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
