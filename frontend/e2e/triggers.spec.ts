// Triggers: created, enabled, changed and deleted in the product; each firing leads to its run.

import { createPipeline, createTrigger, expect, expectAccessible, test, visit } from './fixtures.ts'
import { real } from './server.ts'

const pipeline = (name: string) => ({
  name,
  stages: [{ id: 'one', component: 'json_transform', config: { data: { a: 1 }, expression: 'data' } }],
})

test('a schedule is created, enabled and fires, and its firing leads to the run', async ({ page }) => {
  test.skip(!real, 'nothing fires in the mock')
  await visit(page, '/pipelines')
  const id = await createPipeline(page, pipeline('Heartbeat'))
  await visit(page, `/pipelines/${id}?tab=triggers`)
  await expect(page.getByText('No triggers yet')).toBeVisible()
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'New trigger' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create the trigger' }).click()
  await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused()
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveAccessibleDescription(/Enter a name/)
  await dialog.getByLabel('Name', { exact: true }).fill('beat')

  // What it does is shown while somebody types.
  const preview = dialog.getByRole('region', { name: 'When it fires' })
  await dialog.getByLabel('Cron expression').fill('0 9 31 2 *')
  await expect(preview).toContainText('never fires')
  await dialog.getByLabel('Cron expression').fill('* * * * * *')
  await expect(preview).toContainText('Every second')
  await expect(preview.getByRole('listitem')).toHaveCount(10)
  const zone = dialog.getByRole('combobox', { name: 'Time zone' })
  await zone.fill('berlin')
  await expect(dialog.getByRole('option', { name: /Europe\/Berlin/ })).toBeVisible()
  // Escape closes the list, not the dialog.
  await page.keyboard.press('Escape')
  await expect(dialog.getByRole('listbox')).toHaveCount(0)
  await zone.fill('berlin')
  await page.keyboard.press('Enter')
  await expect(zone).toHaveValue('Europe/Berlin')
  await expect(preview).toContainText('Every second (Europe/Berlin)')
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Create the trigger' }).click()

  await expect(page).toHaveURL(/\/triggers\/trig_/)
  const state = page.getByTestId('trigger-state')
  await expect(state).toContainText('Disabled')
  await expect(page.getByText('It has not fired yet')).toBeVisible()
  await page.getByRole('button', { name: 'Enable' }).click()
  await expect(dialog).toContainText('are started as you')
  await dialog.getByRole('button', { name: 'Enable' }).click()
  await expect(state).toContainText('Enabled')
  await expect(page.getByText(/who enabled it/)).toBeVisible()
  const fired = page.locator('[data-firing=FIRED]')
  await expect(fired.first()).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Disable' }).focus()
  await page.keyboard.press('Enter')
  await expect(state).toContainText('Disabled')
  await expect(page.getByRole('button', { name: 'Enable' })).toBeFocused()
  await expectAccessible(page, { both: true })
  await fired.first().getByRole('link').click()
  await expect(page).toHaveURL(/\/runs\/run_/)
  await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible()
})

test('a trigger is changed and deleted on a phone, with its calendar in view', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 720 })
  await visit(page, '/pipelines')
  const id = await createPipeline(page, pipeline('Nightly'))
  const trigger = await createTrigger(page, id, { name: 'every-other-day', interval: '2d' })
  await visit(page, `/pipelines/${id}/triggers/${trigger}`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('every-other-day')
  await expect(page.getByRole('table')).toBeVisible()
  await expect(
    page
      .getByRole('table')
      .getByText(/1 firing/)
      .first(),
  ).toBeAttached()
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(wide).toBeLessThanOrEqual(360)
  await expectAccessible(page, { both: true })

  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Change' }).click()
  await expect(dialog.getByLabel('Every', { exact: true })).toHaveValue('2')
  await dialog.getByLabel('Every', { exact: true }).fill('3')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(page.getByRole('region', { name: 'Summary' })).toContainText(/Every 3/)

  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('button', { name: 'Delete the trigger' }).click()
  await expect(page).toHaveURL(/tab=triggers/)
  await expect(page.getByText('No triggers yet')).toBeVisible()
})

test('a missing trigger is reported as not found', async ({ page, workspace }) => {
  await visit(page, `/pipelines/${workspace.pipeline}/triggers/trig_01k00000000000000000000000`)
  await expect(page.getByRole('alert')).toContainText('Trigger not found')
})
