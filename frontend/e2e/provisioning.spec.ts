// Provisioning from the token to the member who leaves, with the requests of an identity provider.

import type { Page } from '@playwright/test'
import { expect, expectAccessible, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock does not speak SCIM')
test.use({ ownServer: 'provisioning' })

const send = async (origin: string, token: string, method: string, path: string, body?: unknown) => {
  const answer = await fetch(`${origin}/scim/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} }
}

/** Creates a token on the page, and returns it. */
async function newToken(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'New token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create the token' }).click()
  await expect(dialog.getByText('Enter a name')).toBeVisible()
  await dialog.getByLabel('Name').fill('Okta')
  await page.keyboard.press('Enter')
  const secret = await page.getByTestId('secret').textContent()
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'I have saved it' }).click()
  return secret ?? ''
}

test('an owner connects an identity provider, maps its group, and sees who waits and what was refused', async ({
  page,
  server,
}) => {
  await visit(page, '/settings')
  await page.getByRole('link', { name: 'Provisioning' }).click()
  await expect(page.getByText('No tokens yet')).toBeVisible()
  await expect(page.getByText('No groups yet')).toBeVisible()
  await expect(page.getByText('No requests yet')).toBeVisible()
  await expect(page.getByText(`${server.origin}/scim/v2`)).toBeVisible()
  await page.getByText('Set up Okta').click()
  await expect(page.getByText('Push New Users')).toBeVisible()
  await expectAccessible(page, { both: true })
  const token = await newToken(page)
  expect(token).toMatch(/^fmscim_/)
  await expect(page.getByRole('list', { name: 'Tokens' })).toContainText('never used')

  const user = { userName: 'grace@contractors.example', displayName: 'Grace Hopper', active: true }
  const made = await send(server.origin, token, 'POST', '/Users', user)
  expect(made.status).toBe(201)
  expect((await send(server.origin, token, 'POST', '/Users', user)).status).toBe(409)
  const members = [{ value: made.body['id'] }]
  const group = await send(server.origin, token, 'POST', '/Groups', { displayName: 'Data engineering', members })
  expect(group.status).toBe(201)

  await page.reload()
  const waiting = page.getByRole('list', { name: 'Waiting people' })
  await expect(waiting).toContainText('Grace Hopper')
  await expect(waiting).toContainText('Prove it under Domains')
  const requests = page.getByRole('list', { name: 'Last requests' })
  await expect(requests).toContainText('another user has this name')
  await page.getByLabel('Only refused ones').check()
  await expect(requests.getByRole('listitem')).toHaveCount(1)
  await page.getByLabel('Role of Data engineering').selectOption('DEVELOPER')
  await page.getByRole('button', { name: 'Save the role for Data engineering' }).click()
  await expect(page.getByRole('button', { name: 'Save the role for Data engineering' })).toHaveCount(0)
  await expect(page.getByLabel('Role of Data engineering')).toHaveValue('DEVELOPER')
  await expectAccessible(page, { both: true })
  await page.reload()
  await expect(page.getByLabel('Role of Data engineering')).toHaveValue('DEVELOPER')
  await page.getByRole('button', { name: 'Check again' }).click()
  await expect(page.getByText('Nobody could join yet.')).toBeVisible()
  await page.getByRole('button', { name: 'Invite Grace Hopper' }).click()
  await expect(page.getByRole('dialog').getByLabel('Email')).toHaveValue('grace@contractors.example')
  await page.keyboard.press('Escape')

  // Revoked with the keyboard alone, it opens nothing at once.
  await page.getByRole('button', { name: 'Revoke Okta' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Revoke', exact: true }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('list', { name: 'Tokens' })).toContainText('revoked')
  expect((await send(server.origin, token, 'GET', '/Users')).status).toBe(401)
})
