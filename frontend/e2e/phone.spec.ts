// Features that a phone of 390 pixels has despite its size.

import { waitForStatus, expect, startRun, test, visit } from './fixtures.ts'

test.use({ viewport: { width: 390, height: 844 } })

test('the navigation bar leads to every page', async ({ page }) => {
  await visit(page, '/')
  const bar = page.getByRole('navigation', { name: 'Main' })
  for (const name of ['Home', 'Pipelines', 'Runs', 'Components', 'Settings'])
    await expect(bar.getByRole('link', { name })).toBeInViewport({ ratio: 0.99 })
  await bar.getByRole('link', { name: 'Components' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Components' })).toBeVisible()
})

test('a finished run can be started again with another input, and the chart shows the full text of an hour', async ({
  page,
  workspace,
}) => {
  await visit(page, '/')
  const run = await startRun(page, workspace)
  await waitForStatus(page, run, 'SUCCEEDED')
  await visit(page, '/')
  const line = page.getByRole('region', { name: 'Last 24 hours' }).getByRole('link', { name: /succeeded/ })
  await expect(line).toBeVisible()
  expect(await line.evaluate((each) => each.scrollWidth <= each.clientWidth)).toBe(true)
  expect(await line.evaluate((each) => getComputedStyle(each).textOverflow)).toBe('clip')

  await visit(page, `/runs/${run}`)
  await page.getByRole('link', { name: 'Edit input and run' }).click()
  await expect(page.getByRole('dialog', { name: /^Run / })).toBeVisible()
})
