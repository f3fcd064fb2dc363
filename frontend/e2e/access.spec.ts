// Roles, teams, service accounts and grants, and why a member may do something.

import { expect, expectAccessible, test, visit } from './fixtures.ts'

test('a role, a team, a service account with a key and a grant are made, explained and withdrawn', async ({ page }) => {
  test.setTimeout(90_000)
  await visit(page, '/settings/access')
  const dialog = page.getByRole('dialog')
  const rows = (list: string) => page.getByRole('list', { name: list }).getByRole('listitem')

  await page.getByRole('button', { name: 'New role' }).click()
  await dialog.getByRole('button', { name: 'Create the role' }).click()
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveAccessibleDescription(/Enter a name/)
  await dialog.getByLabel('Name', { exact: true }).fill('Operator')
  await dialog.getByRole('checkbox', { name: 'run.start' }).check()
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Create the role' }).click()
  await expect(rows('Roles')).toContainText(['Operator'])

  await page.getByRole('button', { name: 'New team' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('Night shift')
  await dialog.getByRole('button', { name: 'Create the team' }).click()
  await page.getByLabel('Add to Night shift').selectOption({ index: 1 })
  await page.getByRole('button', { name: 'Add the chosen member to Night shift' }).click()
  await expect(
    rows('Teams')
      .first()
      .getByRole('button', { name: /^Remove .* from Night shift/ }),
  ).toBeVisible()

  await page.getByRole('button', { name: 'New service account' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('deploy')
  await dialog.getByRole('button', { name: 'Create the account' }).click()
  await page.getByRole('button', { name: 'New key for deploy' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('deployment')
  await dialog.getByRole('button', { name: 'Create the key' }).click()
  await expect(dialog.getByTestId('secret')).toContainText('fmk_')
  await dialog.getByRole('button', { name: 'I have saved it' }).click()

  await page.getByRole('button', { name: 'New grant' }).click()
  await dialog.getByLabel('To').selectOption({ label: 'Night shift' })
  await dialog.getByLabel('Role').selectOption({ label: 'Operator' })
  await dialog.getByRole('button', { name: 'Grant the role' }).click()
  await expect(rows('Grants').first()).toContainText('Night shift')
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'Delete Operator' }).click()
  await rows('Roles').first().getByRole('button', { name: 'Delete' }).click()
  await expect(rows('Roles').first().getByRole('alert')).toContainText('this role')

  await visit(page, '/settings/members')
  await page.getByRole('list', { name: 'Members' }).getByRole('link').first().click()
  await page.getByLabel('Permission').selectOption('run.start')
  await expect(page.getByTestId('why')).toContainText('may start and retry runs (run.start) in the organization')
  await expect(page.getByTestId('why')).toContainText('to the team Night shift')
  await expectAccessible(page, { both: true })

  await visit(page, '/settings/access')
  await page.getByRole('button', { name: 'Withdraw the role Operator of Night shift' }).click()
  await rows('Grants').first().getByRole('button', { name: 'Withdraw' }).click()
  await expect(page.getByText('No grants')).toBeVisible()
})
