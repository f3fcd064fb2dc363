// SAML from the set-up to signing out, with a real identity provider that has a page of its own to sign in.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { ask, expect, expectAccessible, ready, test, visit } from './fixtures.ts'
import { freePort, real } from './server.ts'

test.skip(!real, 'the mock has no identity providers to sign in at')
test.use({ ownServer: 'saml' })

const SCRIPT = join(import.meta.dirname, '../../tests/peers/saml-idp/server.mjs')
const NAME = 'urn:test:saml-idp'

let provider: ChildProcess | undefined
let folder = ''
test.afterEach(() => {
  provider?.kill()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** The provider, which knows a service by its metadata. Returns its address. */
async function start(service: string) {
  const port = await freePort()
  folder = mkdtempSync(join(tmpdir(), 'flowmason-saml-'))
  writeFileSync(join(folder, 'service.xml'), service)
  provider = spawn(process.execPath, [SCRIPT, String(port), folder], { stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise((resolve) => provider?.stdout?.once('data', resolve))
  return `http://127.0.0.1:${port}`
}

/** Fills in the provider's page. The provider then sends the browser back. */
async function signInThere(page: Page, mail: string, groups: string) {
  await page.locator('#userName').fill(mail)
  await page.locator('#email').fill(mail)
  await page.locator('#displayName').fill(mail.split('@')[0] ?? '')
  // The page's own script hides this field behind labels.
  await page.locator('#groups').evaluate((input, value) => {
    ;(input as HTMLInputElement).value = value
  }, groups)
  await page.locator('#btn-sign-in').click()
}

/** A browser without a session. */
async function stranger(browser: Browser, origin: string) {
  const context = await browser.newContext({ baseURL: origin, storageState: { cookies: [], origins: [] } })
  return { page: await context.newPage(), end: () => context.close() }
}

test('an owner sets up SAML and tests it, and a person enters with the role of their groups and leaves', async ({
  page,
  server,
  browser,
}) => {
  // Three browsers and five checks of whole pages.
  test.setTimeout(120_000)
  await visit(page, '/settings/single-sign-on')
  await page.getByRole('button', { name: 'Add a provider' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Product').selectOption('OTHER')
  await dialog.getByLabel('Protocol').selectOption('SAML')
  await expect(dialog.getByText('Give it a name and continue')).toBeVisible()
  await dialog.getByLabel('Name', { exact: true }).fill('Example')
  await dialog.getByRole('button', { name: 'Continue' }).click()

  // The form goes on with what to enter at the provider.
  const steps = dialog.getByRole('region', { name: 'What to do at' })
  const entityId = (await steps.getByText(/\/auth\/saml\/sso_[^/]+\/metadata$/).textContent()) ?? ''
  await expect(steps).toContainText(entityId.replace(/metadata$/, 'acs'))
  await expect(steps).toContainText(entityId.replace(/metadata$/, 'slo'))
  for (const copied of ['the ACS URL', 'the entity ID', 'the log-out URL', 'the certificate in PEM'])
    await expect(steps.getByRole('button', { name: `Copy ${copied}` })).toBeVisible()
  await expectAccessible(page, { both: true })
  const issuer = await start(await (await fetch(entityId)).text())

  await dialog.getByLabel('Groups attribute').fill('groups')
  await dialog.getByLabel('Roles of groups').fill('eng = developer')
  await dialog.getByLabel('Who joins by signing in').selectOption('EVERYBODY')
  // Its metadata: first something else, then the right one. The form says what is wrong and keeps what was entered.
  await dialog.getByLabel('Metadata', { exact: true }).fill('<html></html>')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('The document is not metadata of SAML 2.0')).toBeVisible()
  await dialog.getByLabel('Metadata', { exact: true }).fill(await (await fetch(`${issuer}/metadata`)).text())
  await dialog.getByLabel('People can sign in with it').check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  const row = page.getByRole('list', { name: 'Identity providers' }).getByRole('listitem')
  await expect(row).toContainText(NAME)
  await row.getByRole('button', { name: 'Edit Example' }).click()
  await expect(dialog.getByRole('list', { name: 'Certificates of the provider' }).getByRole('listitem')).toHaveCount(1)
  // A new key beside the old one, until the old one is removed.
  await steps.getByRole('button', { name: 'New key' }).click()
  await expect(steps.getByRole('button', { name: 'Copy the new certificate in PEM' })).toBeVisible()
  expect((await (await fetch(entityId)).text()).match(/use="encryption"/g)).toHaveLength(2)
  await expectAccessible(page, { both: true })
  await steps.getByRole('button', { name: 'Remove the old key …' }).click()
  await steps.getByRole('button', { name: 'Remove the old key', exact: true }).click()
  await expect(steps.getByRole('button', { name: 'Copy the certificate in PEM' })).toBeVisible()
  expect((await (await fetch(entityId)).text()).match(/use="encryption"/g)).toHaveLength(1)
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  // A test opens no session, also in another browser, and shows what the provider sent.
  await row.getByRole('button', { name: 'Test Example' }).click()
  const testAddress = await row.getByRole('link', { name: 'Sign in at the provider' }).getAttribute('href')
  const tester = await stranger(browser, server.origin)
  await tester.page.goto(testAddress ?? '')
  await signInThere(tester.page, 'alice@example.test', 'eng,ops')
  await expect(tester.page).toHaveURL(/\/test-done/)
  await expect(tester.page.getByRole('heading', { name: 'The test is done' })).toBeVisible()
  await expectAccessible(tester.page, { both: true })
  await tester.end()
  await visit(page, '/settings/single-sign-on')
  await expect(row).toContainText('was accepted: alice would enter with the role Developer')
  await expect(row).toContainText('its domain is not proved')
  await row.getByText('What the provider sent: a signed response, a signed assertion').click()
  await expect(row).toContainText('Attribute groups')
  await expect(row).toContainText('eng, ops')
  await expectAccessible(page, { both: true })

  // Alice enters by the provider's page, and is a member with the role of her group.
  const link = (await row.locator('code', { hasText: '/sign-in/saml/sso_' }).textContent()) ?? ''
  const alice = await stranger(browser, server.origin)
  await alice.page.goto(link)
  await signInThere(alice.page, 'alice@example.test', 'eng,ops')
  await ready(alice.page)
  await expect(alice.page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  const seen = await ask<{ viewer: { role: string } }>(alice.page, '{ viewer { role } }')
  expect(seen.viewer.role).toBe('DEVELOPER')
  await visit(alice.page, '/settings')
  await expect(alice.page.getByRole('list', { name: 'Connected accounts' })).toContainText(NAME)
  await visit(page, '/settings/members')
  const members = page.getByRole('list', { name: 'Members' }).getByRole('listitem')
  await expect(members.filter({ hasText: 'alice' })).toHaveCount(1)

  // Signing out goes on to the provider, which sends her back.
  const told = alice.page.waitForRequest((request) => request.url().startsWith(`${issuer}/saml/slo`))
  await alice.page.getByRole('button', { name: /organization and your settings/ }).click()
  await alice.page.getByRole('menuitem', { name: 'Sign out' }).click()
  await told
  await expect(alice.page).toHaveURL(/\/sign-in/)
  await ready(alice.page)
  await visit(alice.page, '/pipelines')
  await expect(alice.page).toHaveURL(/\/sign-in/)

  // Somebody whose groups have no line is refused, and the owner sees why.
  await alice.page.goto(link)
  await signInThere(alice.page, 'mallory@example.test', 'owner,admin')
  await expect(alice.page).toHaveURL(/\/sign-in\?problem=/)
  await expectAccessible(alice.page, { both: true })
  await alice.end()
  await visit(page, '/settings/single-sign-on')
  await expect(page.getByText('A sign-in was refused')).toContainText('None of your groups')
})
