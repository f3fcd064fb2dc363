// Full lists. Runs after all other tests, since it would push their pipelines and runs off the first page.

import { ask, createPipeline, expect, failing, startRunOf, test, visit } from './fixtures.ts'

/** The maximum number of elements of a page with its navigation and thirty rows. */
const MAX_ELEMENTS = 500

/** Several pipelines have this name, so each row has all that a row can have: an id, a diagram with frames, a cause. */
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
const FAILED_RUNS = 31

test('lists have few elements whatever is in them: full pages of diagrams and of failed runs', async ({ page }) => {
  test.setTimeout(90_000)
  await visit(page, '/')
  const ids: string[] = []
  for (let made = 0; made < FAILED_RUNS; made++) ids.push(await createPipeline(page, crowded))
  for (const id of ids) await startRunOf(page, id)
  const failed = () =>
    ask<{ runCounts: { failed: number } }>(
      page,
      'query ($ids: [ID!]!) { runCounts(filter: { pipelineIds: $ids }) { failed } }',
      { ids },
    )
  await expect.poll(async () => (await failed()).runCounts.failed, { timeout: 40_000 }).toBe(FAILED_RUNS)

  const rows = page.locator('li:has(a[data-row])')
  const elements = () => page.evaluate(() => document.querySelectorAll('body *').length)
  await visit(page, '/pipelines?search=crowded')
  await expect(rows).toHaveCount(30)
  await expect(rows.first().getByRole('img', { name: 'Diagram of 40 stages' })).toBeVisible()
  expect(await elements(), 'pipelines').toBeLessThan(MAX_ELEMENTS)
  // A row out of view has only its name, and is rendered when it is reached, also by keyboard.
  await expect(rows.last().getByRole('img')).toHaveCount(0)
  await page.keyboard.press('k')
  await expect(rows.last().getByRole('link', { name: 'crowded', exact: true })).toBeFocused()
  await expect(rows.last().getByRole('img')).toBeVisible()
  await expect(rows.first().getByRole('img')).toHaveCount(0)
  expect(await elements(), 'pipelines, scrolled').toBeLessThan(MAX_ELEMENTS)

  await visit(page, '/runs?q=crowded')
  await expect(rows).toHaveCount(30)
  await expect(rows.first()).toContainText('fetch')
  expect(await elements(), 'runs').toBeLessThan(MAX_ELEMENTS)
  await rows.last().scrollIntoViewIfNeeded()
  await expect(rows.last()).toContainText('fetch')
  expect(await elements(), 'runs, scrolled').toBeLessThan(MAX_ELEMENTS)

  await visit(page, '/')
  await expect(page.getByRole('region', { name: 'Needs attention' }).getByText('crowded').first()).toBeVisible()
  await expect(page.getByRole('region', { name: 'Last 30 days' }).getByRole('slider')).toBeVisible()
  expect(await elements(), 'home').toBeLessThan(MAX_ELEMENTS)
})
