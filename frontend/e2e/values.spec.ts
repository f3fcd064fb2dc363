// Values that are too long for one response: read in pages, shown as a tree, copied, downloaded.

import { readFileSync } from 'node:fs'
import { createPipeline, expect, expectAccessible, startRunOf, test, visit } from './fixtures.ts'

const PART = 'brick-ü '
/** The component's output contains the text twice. */
const TIMES = 120_000
const large = {
  name: 'large',
  stages: [
    {
      id: 'wall',
      component: 'variable_set',
      config: { name: 'wall', value: `{{"${PART}" * ${TIMES}}}` },
    },
  ],
}

test('an output of 2 MB is read in pages, loaded as a whole and downloaded', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await visit(page, '/')
  const run = await startRunOf(page, await createPipeline(page, large))
  await visit(page, `/runs/${run}?stage=wall`)
  await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible({ timeout: 20_000 })
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  const long = inspector.getByTestId('long-value')
  await expect(long.getByText(/^Page 1 of 3\d/)).toBeVisible()
  const text = long.getByTestId('long-value-page')
  await expect(text).toContainText('brick-ü brick-ü')
  await long.getByRole('button', { name: 'Next page' }).click()
  await expect(long.getByText(/^Page 2 of 3\d/)).toBeVisible()
  await long.getByRole('button', { name: 'Last page' }).click()
  await expect(text).toContainText('brick-ü "')
  await expect(long.getByRole('button', { name: 'Next page' })).toBeDisabled()
  await expectAccessible(page, { both: true })

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    long.getByRole('button', { name: 'Download as JSON' }).click(),
  ])
  const value = JSON.parse(readFileSync(await download.path(), 'utf8')) as { value: string }
  expect(value.value).toBe(PART.repeat(TIMES))
  expect(JSON.stringify(value).length * 1.1).toBeGreaterThan(2_000_000)

  await long.getByRole('button', { name: 'Copy the whole value as JSON' }).click()
  await expect
    .poll(() => page.evaluate(async () => (await navigator.clipboard.readText()).length))
    .toBeGreaterThan(PART.length * TIMES)

  await long.getByRole('button', { name: 'Load the whole value' }).click()
  await expect(inspector.getByRole('button', { name: '"value"' }).or(inspector.getByText('"value"'))).toBeVisible()
  await inspector.getByRole('button', { name: 'in pages' }).click()
  await expect(long).toBeVisible()

  // The run has the same output.
  await visit(page, `/runs/${run}?tab=result`)
  const result = page.getByRole('tabpanel', { name: 'Result' })
  await expect(result.getByTestId('long-value-page')).toContainText('brick-ü')
})

test('an output of 2 MB is shown when the run ends, without a reload', async ({ page }) => {
  await visit(page, '/')
  const pipeline = await createPipeline(page, large)
  // Lists that are open or were open keep the status of the run up to date in the cache, but not its output.
  await visit(page, '/runs')
  await visit(page, `/pipelines/${pipeline}?run=true`)
  await page.getByRole('button', { name: 'Start the run' }).click()
  await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible({ timeout: 20_000 })
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  await expect(inspector.getByTestId('long-value').getByText(/^Page 1 of 3\d/)).toBeVisible()
  await page.getByRole('tab', { name: 'Result' }).click()
  await expect(page.getByText('The run has no output.')).toHaveCount(0)
})

test('a value that fits into a response is downloaded unchanged', async ({ page }) => {
  await visit(page, '/')
  const stages = [{ id: 'a', component: 'json_transform', config: { data: { n: 1 }, expression: 'data' } }]
  const run = await startRunOf(page, await createPipeline(page, { name: 'small', stages }))
  await visit(page, `/runs/${run}?stage=a`)
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible({ timeout: 20_000 })
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    inspector.getByRole('button', { name: 'Download as JSON' }).first().click(),
  ])
  expect(JSON.parse(readFileSync(await download.path(), 'utf8'))).toHaveProperty('result')
})
