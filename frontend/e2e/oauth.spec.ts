// Applications and devices: registered, allowed on the consent page, used, ended; and a terminal that signs in.

import { createHash, randomBytes } from 'node:crypto'
import type { APIRequestContext, Page } from '@playwright/test'
import { expect, expectAccessible, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.use({ ownServer: 'oauth' })

const post = async (request: APIRequestContext, path: string, form: Record<string, string>) => {
  const answer = await request.post(path, { form, headers: { cookie: '' } })
  return (await answer.json()) as Record<string, string>
}

/** The first error code that an application with this access token gets. */
async function used(request: APIRequestContext, token: string) {
  const answer = await request.post('/graphql', {
    headers: { authorization: `Bearer ${token}`, cookie: '' },
    data: { query: '{ runs(first: 1) { edges { cursor } } }' },
  })
  const body = (await answer.json()) as { errors?: { extensions?: { code?: string } }[] }
  return body.errors?.[0]?.extensions?.code ?? 'OK'
}

async function register(page: Page, name: string) {
  await visit(page, '/settings/applications')
  await page.getByRole('button', { name: 'Register an application' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Register', exact: true }).click()
  await expect(dialog.getByRole('alert').first()).toBeVisible()
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name)
  await dialog.getByLabel('Redirect URIs').fill('http://127.0.0.1/callback')
  await dialog.getByRole('checkbox', { name: 'run.read' }).check()
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Register', exact: true }).click()
  const secret = await page.getByTestId('secret').innerText()
  const id = await page.getByRole('dialog').locator('p code').innerText()
  await page.getByRole('button', { name: 'I have saved it' }).click()
  const row = page.getByRole('list', { name: 'Applications' }).getByRole('listitem').filter({ hasText: name })
  await expect(row).toContainText('1 scope')
  return { id, secret, row }
}

test('an application is registered, allowed by its user, used, and ended in the settings', async ({
  page,
  request,
}) => {
  test.skip(!real, 'the mock gives no tokens')
  const { id, secret } = await register(page, 'Reports')
  // Any port of the user's own machine.
  const callback = new URL('/callback', page.url()).href
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const query = new URLSearchParams({
    client_id: id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'run.read',
    state: '1e5',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  // The application itself is not there; the address to which the browser is sent is the answer.
  const answers: URL[] = []
  await page.route('**/callback?**', (route) => {
    answers.push(new URL(route.request().url()))
    return route.fulfill({ body: 'the application' })
  })
  await page.goto(`/oauth/authorize?${query}`)
  await expect(page.getByRole('heading', { name: 'Allow Reports?' })).toBeVisible()
  await expect(page.getByRole('list', { name: 'Permissions' })).toContainText('View runs')
  await expect(page.getByText(new URL(callback).host)).toBeVisible()
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'Do not allow' }).click()
  await page.waitForURL('**/callback?**')
  expect(answers[0]?.searchParams.get('error')).toBe('access_denied')

  await page.goto(`/oauth/authorize?${query}`)
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.waitForURL('**/callback?code=**')
  const answer = answers[1]?.searchParams
  expect(answer?.get('state')).toBe('1e5')
  const tokens = await post(request, '/oauth/token', {
    grant_type: 'authorization_code',
    code: answer?.get('code') ?? '',
    redirect_uri: callback,
    code_verifier: verifier,
    client_id: id,
    client_secret: secret,
  })
  const access = tokens['access_token'] ?? ''
  expect(await used(request, access)).toBe('OK')

  await visit(page, '/settings#granted')
  const given = page.getByRole('list', { name: 'Applications with access' }).getByRole('listitem')
  await expect(given.filter({ hasText: 'Reports' })).toContainText('1 permission')
  await given.getByRole('button', { name: /End the access of Reports/ }).click()
  await given.getByRole('button', { name: 'End access', exact: true }).click()
  await expect(page.getByText('Reports no longer has access.')).toBeVisible()
  expect(await used(request, access)).toBe('UNAUTHENTICATED')
})

test('a wrong redirect URI is shown to the user and sends them nowhere', async ({ page }) => {
  test.skip(!real, 'the mock has no authorization endpoint')
  const { id, row } = await register(page, 'Wrong')
  await page.goto(`/oauth/authorize?client_id=${id}&redirect_uri=https%3A%2F%2Fevil.example%2F&response_type=code`)
  await expect(page.getByText('redirect_uri: is not one of this application')).toBeVisible()
  expect(new URL(page.url()).pathname).toBe('/oauth/authorize')
  await visit(page, '/settings/applications')
  await row.getByRole('button', { name: 'New secret for Wrong' }).click()
  await expect(page.getByTestId('secret')).toContainText('fmc_')
  await page.getByRole('button', { name: 'I have saved it' }).click()
  await expect(row).toContainText('the old secret works for')
  await row.getByRole('button', { name: 'Delete Wrong' }).click()
  await row.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(page.getByText('Wrong is deleted.')).toBeVisible()
  await expect(row).toHaveCount(0)
})

test('an application is changed, and what is wrong is said at its field', async ({ page }) => {
  test.skip(!real, 'the mock accepts any redirect URI')
  const { row } = await register(page, 'Ledger')
  await row.getByRole('button', { name: 'Change Ledger' }).click()
  const dialog = page.getByRole('dialog', { name: 'Change Ledger' })
  const save = dialog.getByRole('button', { name: 'Save', exact: true })
  const uris = dialog.getByLabel('Redirect URIs')
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('Ledger')
  await expect(uris).toHaveValue('http://127.0.0.1/callback')
  await dialog.getByRole('checkbox', { name: 'run.read' }).uncheck()
  await save.click()
  await expect(dialog.getByText('Choose at least one permission.')).toBeVisible()
  await expectAccessible(page, { both: true })
  await dialog.getByRole('checkbox', { name: 'run.read' }).check()
  await dialog.getByRole('checkbox', { name: 'pipeline.read' }).check()
  await dialog.getByRole('checkbox', { name: /device flow/ }).check()
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Books')
  await uris.fill('https://books.example/callback#top')
  await save.click()
  await expect(uris).toHaveAccessibleDescription(/has a fragment/)
  await uris.fill('https://books.example/callback\nhttp://127.0.0.1/callback')
  await save.click()
  await expect(page.getByText('Books is changed.')).toBeVisible()
  await expect(dialog).toHaveCount(0)
  await expect(row).toHaveCount(0)
  const changed = page.getByRole('list', { name: 'Applications' }).getByRole('listitem').filter({ hasText: 'Books' })
  for (const round of ['at once', 'after a reload']) {
    await expect(changed, round).toContainText('2 scopes')
    await expect(changed, round).toContainText(
      'https://books.example/callback, http://127.0.0.1/callback · device flow',
    )
    await page.reload()
  }
})

test('a terminal is connected with the code that it shows', async ({ page, request }) => {
  test.skip(!real, 'the mock gives no tokens')
  const codes = await post(request, '/oauth/device_authorization', { client_id: 'flowmason-cli' })
  await visit(page, '/device')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('Enter the code, such as WDJB-MJHT.')).toBeVisible()
  await page.getByLabel('Code').fill('bbbb bbbb')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('No device waits for this code')).toBeVisible()
  await page.getByLabel('Code').fill((codes['user_code'] ?? '').toLowerCase())
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('heading', { name: 'Allow FlowMason command line?' })).toBeVisible()
  await expect(page.getByText(codes['user_code'] ?? 'no code')).toBeVisible()
  await expect(page.getByText('127.0.0.1')).toBeVisible()
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'The device is connected' })).toBeVisible()
  const tokens = await post(request, '/oauth/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: codes['device_code'] ?? '',
    client_id: 'flowmason-cli',
  })
  expect(await used(request, tokens['access_token'] ?? '')).toBe('OK')
})
