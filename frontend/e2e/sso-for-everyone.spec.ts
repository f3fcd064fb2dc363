// Single sign-on enforced for everyone but guests: who is named before, who must use it, and who need not. With a real
// OpenID provider, and Chromium's virtual authenticator for the break-glass owner.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import { ask, expect, expectAccessible, ready, test, visit } from './fixtures.ts'
import { type Server, freePort, real } from './server.ts'

test.skip(!real, 'the mock has no identity providers to sign in at')
test.use({ ownServer: 'sso-for-everyone', host: 'localhost' })

const FOLDER = join(import.meta.dirname, '../../tests/peers/oidc')
const PASSWORD = 'correct horse battery'
let provider: ChildProcess | undefined
test.afterEach(() => {
  provider?.kill()
})

/** The provider, which sends people back to this server. Returns its issuer. */
async function start(origin: string, port: number) {
  provider = spawn(process.execPath, [join(FOLDER, 'server.mjs'), String(port)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise((resolve) => provider?.stdout?.once('data', resolve))
  const issuer = `http://127.0.0.1:${port}`
  const callback = `${origin}/sign-in/oidc/callback`
  await fetch(`${issuer}/ctl`, { method: 'POST', body: JSON.stringify({ callback }) })
  return issuer
}

/** A browser without a session. */
async function stranger(browser: Browser, server: Server) {
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  return { page: await context.newPage(), end: () => context.close() }
}

const inside = (page: Page) => expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()

/** Somebody joins with a password, in a browser of their own. */
async function joined(owner: Page, browser: Browser, server: Server, name: string) {
  const invite = 'mutation { createInvitation(input: {role: VIEWER}) { path } }'
  const { createInvitation: made } = await ask<{ createInvitation: { path: string } }>(owner, invite)
  const person = await stranger(browser, server)
  await visit(person.page, made.path)
  await person.page.getByLabel('Your name').fill(name)
  await person.page.getByLabel('Email').fill(`${name.toLowerCase()}@elsewhere.test`)
  await person.page.getByLabel('Password').fill(PASSWORD)
  await person.page.getByRole('button', { name: /^Join/ }).click()
  await inside(person.page)
  await visit(person.page, '/pipelines')
  return person
}

test('S22: single sign-on is enforced for everyone: members must use it, and a guest need not', async ({
  page,
  server,
  browser,
}) => {
  test.setTimeout(90_000)
  const port = await freePort()
  await server.restart({ FLOWMASON_OUTBOUND_ALLOW: `127.0.0.1:${port}` })
  const issuer = await start(server.origin, port)
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await visit(page, '/settings')
  await ask(page, 'mutation { updateProfile(input: {name: "Ada", email: "ada@example.test"}) { viewer { role } } }')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await expect(page.getByRole('region', { name: 'Passkeys' }).getByRole('listitem')).toContainText('Never used')
  const settings = {
    kind: 'OTHER',
    name: 'Example',
    issuer,
    clientId: 'basic',
    scopes: ['email', 'profile', 'groups'],
    groupsClaim: 'groups',
    mappings: [{ group: 'eng', role: 'DEVELOPER' }],
    joining: 'EVERYBODY',
    enabled: true,
  }
  const made = await ask<{ createSsoProvider: { provider: { signInPath: string } } }>(
    page,
    `mutation($s: SsoProviderSettings!, $k: String) { createSsoProvider(input: {settings: $s, clientSecret: $k}) {
      provider { signInPath } } }`,
    { s: settings, k: `s3cret-${'x'.repeat(32)}` },
  )
  const bo = await joined(page, browser, server, 'Bo')
  const gus = await joined(page, browser, server, 'Gus')
  const alice = await stranger(browser, server)
  await alice.page.goto(made.createSsoProvider.provider.signInPath)
  await ready(alice.page)
  await inside(alice.page)

  // Gus is of another company: a guest. The dialog then names only the others who could not enter at once.
  await visit(page, '/settings/single-sign-on')
  const everyone = page.getByRole('radio', { name: 'Everyone, except guests' })
  const dialog = page.getByRole('dialog')
  const concerned = dialog.getByRole('list', { name: 'Members who cannot enter at once' })
  await everyone.click()
  await expect(concerned).toContainText('Bo · bo@elsewhere.test')
  await expect(concerned).toContainText('Gus · gus@elsewhere.test')
  await expect(concerned).not.toContainText('Alice')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(everyone).not.toBeChecked()
  await page.getByLabel('Add a guest').selectOption({ label: 'Gus' })
  await page.getByRole('button', { name: 'Add the chosen member' }).click()
  await expect(page.getByRole('button', { name: 'Remove Gus from the guests' })).toBeVisible()
  await everyone.click()
  await expect(concerned).toContainText('Bo')
  await expect(concerned).not.toContainText('Gus')
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Enforce single sign-on' }).click()
  await expect(dialog.getByLabel('Break-glass owner')).toHaveAccessibleDescription(
    /Choose an owner who has a passkey\./,
  )
  await dialog.getByLabel('Break-glass owner').selectOption({ label: 'Ada (ada@example.test)' })
  await dialog.getByRole('button', { name: 'Enforce single sign-on' }).click()
  await expect(page.getByText('Single sign-on is enforced for everyone, except guests.')).toBeVisible()
  await expect(everyone).toBeChecked()
  await expect(page.getByText('Ada can enter with a passkey')).toBeVisible()

  // Bo is shut out at once, and at the sign-in page too; Alice and the guest are not.
  await expect(bo.page.getByText('requires single sign-on; sign in with')).toBeVisible()
  await bo.page.getByRole('button', { name: 'Sign out' }).click()
  await ready(bo.page)
  await bo.page.getByLabel('Email').fill('bo@elsewhere.test')
  await bo.page.getByLabel('Password').fill(PASSWORD)
  await bo.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(bo.page.getByRole('alert')).toContainText('requires single sign-on')
  for (const person of [alice, gus]) {
    await visit(person.page, '/pipelines')
    await inside(person.page)
  }

  await page.getByRole('radio', { name: 'People with addresses of proved domains' }).click()
  await page.getByRole('button', { name: 'Stop enforcing it for everyone' }).click()
  await expect(page.getByText('Single sign-on is no longer enforced for everyone.')).toBeVisible()
  await bo.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await inside(bo.page)
  for (const person of [bo, gus, alice]) await person.end()
})
