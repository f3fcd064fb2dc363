// Folders, publishing to environments, runs in production, and the second person.

import { ask, expect, expectAccessible, test, visit } from './fixtures.ts'

const source = JSON.stringify({
  name: 'Nightly report',
  version: '1.0.0',
  stages: [{ id: 'one', component: 'variable_set', config: { name: 'x', value: 1 } }],
})
const CREATE = `mutation($source: String!) { createPipeline(input: {source: $source}) { pipeline { id } } }`

async function pipeline(page: Parameters<typeof ask>[0]): Promise<string> {
  await visit(page, '/pipelines')
  const made = await ask<{ createPipeline: { pipeline: { id: string } } }>(page, CREATE, { source })
  return made.createPipeline.pipeline.id
}

test('a pipeline is moved to a new folder, listed there, and kept when the folder is deleted', async ({ page }) => {
  await pipeline(page)
  await visit(page, '/pipelines')
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Actions for Nightly report' }).click()
  await page.getByRole('menuitem', { name: 'Move to a folder' }).click()
  await dialog.getByLabel('Folder', { exact: true }).selectOption({ label: 'New folder …' })
  await dialog.getByRole('button', { name: 'Move' }).click()
  await expect(dialog.getByLabel('Name of the folder')).toHaveAccessibleDescription(/Enter a name/)
  await dialog.getByLabel('Name of the folder').fill('Reports')
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Move' }).click()
  await expect(page.getByTestId('folder')).toContainText('Reports')

  await page.getByRole('button', { name: 'Folder', exact: true }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Reports' }).click()
  await expect(page).toHaveURL(/folder=folder_/)
  await expect(page.getByRole('link', { name: 'Nightly report' })).toBeVisible()
  await page.getByRole('button', { name: 'Reports' }).click()
  await page.getByRole('menuitem', { name: 'Delete this folder' }).click()
  await dialog.getByRole('button', { name: 'Delete the folder' }).click()
  await expect(page).not.toHaveURL(/folder=/)
  await expect(page.getByRole('link', { name: 'Nightly report' })).toBeVisible()
  await expect(page.getByTestId('folder')).toHaveCount(0)
})

test('a version is published to production, runs there, and waits for a second person once one is wanted', async ({
  page,
}) => {
  const id = await pipeline(page)
  await visit(page, `/pipelines/${id}?tab=environments`)
  const dialog = page.getByRole('dialog')
  const production = page.locator('[data-published=PRODUCTION]')
  await expect(production).toContainText('Nothing is published')
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'Publish to production' }).click()
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  await expect(production).toContainText('Version 1')

  await page.getByRole('button', { name: /^Run/ }).click()
  await dialog.getByLabel('Environment').selectOption({ label: 'Production' })
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(page).toHaveURL(/\/runs\/run_/)
  await expect(page.locator('[data-environment=PRODUCTION]')).toBeVisible()
  await visit(page, '/runs?environment=PRODUCTION')
  await expect(page.locator('[data-row]')).toHaveCount(1)

  await visit(page, '/settings/access')
  const wanted = page.getByRole('checkbox', { name: 'A second person approves what is published to production' })
  await wanted.click()
  await expect(wanted).toBeChecked()
  const push = `mutation($id: ID!, $source: String!) { pushPipelineVersion(input: {pipelineId: $id, source: $source}) { created } }`
  await ask(page, push, { id, source: `${source}\n` })
  await visit(page, `/pipelines/${id}?tab=environments`)
  await page.getByRole('button', { name: 'Publish to production' }).click()
  await expect(dialog.getByText('Another person has to approve it')).toBeVisible()
  await dialog.getByRole('button', { name: 'Request it' }).click()
  const request = page.getByRole('group', { name: 'Request to publish version 2' })
  await request.getByRole('button', { name: 'Approve' }).click()
  await expect(request.getByRole('alert')).toContainText('Another person has to approve this')
  await request.getByRole('button', { name: 'Refuse' }).click()
  await expect(request).toHaveCount(0)
  await expect(production).toContainText('Version 1')
})
