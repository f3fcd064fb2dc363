// Single sign-on from the set-up to the first session, with a real OpenID provider.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, expectAccessible, ready, test, visit } from './fixtures.ts'
import { freePort, real } from './server.ts'

const FOLDER = join(import.meta.dirname, '../../tests/peers/oidc')
test.skip(!real, 'the mock has no identity providers to sign in at')
test.use({ ownServer: 'single-sign-on' })

const SECRET = `s3cret-${'x'.repeat(32)}`

let provider: ChildProcess | undefined
let issuer = ''

/** The provider, which sends people back to this server. */
async function start(origin: string, port: number) {
  provider = spawn(process.execPath, [join(FOLDER, 'server.mjs'), String(port)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise((resolve) => provider?.stdout?.once('data', resolve))
  issuer = `http://127.0.0.1:${port}`
  const callback = `${origin}/sign-in/oidc/callback`
  await fetch(`${issuer}/ctl`, { method: 'POST', body: JSON.stringify({ callback }) })
}

test.afterEach(() => {
  provider?.kill()
})

async function fill(page: Page) {
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Product').selectOption('OTHER')
  await dialog.getByLabel('Name').fill('Example')
  await dialog.getByLabel('Issuer').fill(`${issuer}/`)
  await dialog.getByLabel('Client ID').fill('basic')
  await dialog.getByLabel('Client secret').fill(SECRET)
  await dialog.getByLabel('Scopes').fill('email profile groups')
  await dialog.getByLabel('Groups claim').fill('groups')
  await dialog.getByLabel('Roles of groups').fill('eng = developer')
  await dialog.getByLabel('Who joins by signing in').selectOption('EVERYBODY')
}

test('an owner sets up single sign-on, and a person enters with the role of their groups', async ({
  page,
  server,
  browser,
}) => {
  // Three people and five checks of whole pages.
  test.setTimeout(120_000)
  const port = await freePort()
  await server.restart({ FLOWMASON_OUTBOUND_ALLOW: `127.0.0.1:${port}` })
  await start(server.origin, port)
  await visit(page, '/settings/single-sign-on')
  await expect(page.getByText('No identity provider yet')).toBeVisible()
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'Add a provider' }).click()
  await fill(page)
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('/sign-in/oidc/callback')).toBeVisible()
  await expectAccessible(page, { both: true })
  // The issuer with a slash is another one: the message says what to enter.
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('The provider calls itself')).toBeVisible()
  await dialog.getByLabel('Issuer').fill(issuer)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await page.getByRole('button', { name: 'Test Example' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'The provider can be read' })).toBeVisible()
  await expectAccessible(page, { both: true })
  const link = await page.locator('code', { hasText: '/sign-in/oidc/sso_' }).textContent()

  const other = await browser.newContext({ baseURL: server.origin })
  const person = await other.newPage()
  await person.goto(link ?? '')
  await ready(person)
  await visit(person, '/settings')
  await expect(person.getByRole('region', { name: 'Email address' })).toContainText('alice@example.test')
  await expect(person.getByRole('list', { name: 'Connected accounts' })).toContainText(issuer)
  // Her account is changed elsewhere, and the page says so.
  await expect(person.getByText('cannot change your account')).toBeVisible()
  await expect(person.getByRole('region', { name: 'Password' })).toHaveCount(0)
  await person.goto('/settings/single-sign-on')
  await expect(person.getByText('Your role cannot manage single sign-on. Ask an owner or an admin.')).toBeVisible()
  await other.close()

  // A refused sign-in ends at the sign-in page with the reason, and the owner sees more.
  await fetch(`${issuer}/ctl`, { method: 'POST', body: JSON.stringify({ mode: 'nonce' }) })
  const third = await browser.newContext({ baseURL: server.origin })
  const refused = await third.newPage()
  await refused.goto(link ?? '')
  await expect(refused).toHaveURL(/\/sign-in\?problem=refused/)
  await expect(refused.getByText('was not accepted')).toBeVisible()
  await expectAccessible(refused, { both: true })
  await third.close()
  await visit(page, '/settings/single-sign-on')
  await expect(page.getByText('A sign-in was refused')).toContainText('nonce')
})
