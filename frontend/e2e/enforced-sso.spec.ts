// Single sign-on enforced for a domain: what its people see, how a terminal is connected, and how the break-glass owner
// gets in. With a real OpenID provider, a name server, and Chromium's virtual authenticator.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask, expect, expectAccessible, ready, test as base, visit } from './fixtures.ts'
import { NameServer } from './name-server.ts'
import { freePort, real } from './server.ts'
import { Terminal } from './terminal.ts'

const test = base.extend<{}, { names: NameServer }>({
  names: [
    async ({}, use) => {
      const names = new NameServer()
      await names.start()
      await use(names)
      await names.stop()
    },
    { scope: 'worker' },
  ],
  env: [async ({ names }, use) => use({ FLOWMASON_NAME_SERVERS: names.address }), { scope: 'worker' }],
})
test.skip(!real, 'the mock has no identity providers to sign in at')
test.use({ ownServer: 'enforced-sso', host: 'localhost' })

const FOLDER = join(import.meta.dirname, '../../tests/peers/oidc')
const PASSWORD = 'correct horse battery'
/** Whom the provider knows by the address that she enters. */
const CAROL = 'carol@example.test'
let provider: ChildProcess | undefined
let terminal: Terminal | undefined
/** Where the terminal keeps its login. */
let folder = ''
test.afterEach(() => {
  provider?.kill()
  terminal?.end()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** The provider, which sends people back to this server. Returns its issuer. */
async function start(origin: string, port: number) {
  provider = spawn(process.execPath, [join(FOLDER, 'server.mjs'), String(port)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise((resolve) => provider?.stdout?.once('data', resolve))
  const issuer = `http://127.0.0.1:${port}`
  const callback = `${origin}/sign-in/oidc/callback`
  const claims = { [CAROL]: { email: CAROL, email_verified: true, name: 'Carol', groups: ['eng'] } }
  await fetch(`${issuer}/ctl`, { method: 'POST', body: JSON.stringify({ callback, claims }) })
  return issuer
}

test('S22: single sign-on is enforced, shuts passwords out, and lets the break-glass owner in', async ({
  page,
  server,
  browser,
  names,
}) => {
  // Five people and ten checks of whole pages.
  test.setTimeout(180_000)
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
  await ask(page, 'mutation { updateProfile(input: {name: "Ada", email: "ada@example.test"}) { viewer { role } } }', {})
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
  const made = (await ask(
    page,
    `mutation($s: SsoProviderSettings!, $k: String) { createSsoProvider(input: {settings: $s, clientSecret: $k}) {
      provider { signInPath } } }`,
    { s: settings, k: `s3cret-${'x'.repeat(32)}` },
  )) as { createSsoProvider: { provider: { signInPath: string } } }
  const invited = (await ask(page, 'mutation { createInvitation(input: {role: VIEWER}) { path } }', {})) as {
    createInvitation: { path: string }
  }

  // Bo joins with a password and an address of the domain.
  const his = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const bo = await his.newPage()
  await bo.goto(invited.createInvitation.path)
  await bo.getByLabel('Your name').fill('Bo')
  await bo.getByLabel('Email').fill('bo@example.test')
  await bo.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await bo.getByRole('button', { name: /^(Join|Create)/ }).click()
  await expect(bo.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  await visit(bo, '/pipelines')

  await visit(page, '/settings/domains')
  await page.getByLabel('Domain').fill('example.test')
  await page.getByRole('button', { name: 'Add the domain' }).click()
  const domain = page.getByRole('list', { name: 'Domains' }).getByRole('listitem')
  const value = await domain.getByText(/^flowmason-domain-verification=/).textContent()
  names.records.set('_flowmason.example.test', ['v=other', value ?? ''])
  await expect(async () => {
    await domain.getByRole('button', { name: 'Check now: example.test' }).click()
    await expect(domain).toContainText('Proved', { timeout: 1_000 })
  }).toPass()

  // Not before there is a way in for everybody.
  const enforce = domain.getByRole('button', { name: 'Enforce single sign-on: example.test' })
  await enforce.click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Break-glass owner')).toContainText('No owner has a passkey yet')
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await visit(page, '/settings')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await expect(page.getByRole('region', { name: 'Passkeys' }).getByRole('listitem')).toContainText('Never used')
  await visit(page, '/settings/domains')
  await enforce.click()
  await dialog.getByLabel('Break-glass owner').selectOption({ label: 'Ada (ada@example.test)' })
  await dialog.getByRole('button', { name: 'Enforce single sign-on' }).click()
  await expect(dialog.getByText('Nobody has signed in with an identity provider')).toBeVisible()
  const hers = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const alice = await hers.newPage()
  await alice.goto(made.createSsoProvider.provider.signInPath)
  await ready(alice)
  await dialog.getByRole('button', { name: 'Enforce single sign-on' }).click()
  await expect(domain).toContainText('Single sign-on has been enforced')
  await expect(domain).toContainText('Ada can enter with a passkey')
  await expectAccessible(page, { both: true })

  // Bo is shut out at once, and at the sign-in page too.
  await expect(bo.getByText('requires single sign-on; sign in with')).toBeVisible()
  await expect(bo.getByRole('button', { name: 'Continue with Example' })).toBeVisible()
  await expectAccessible(bo, { both: true })

  // His password connects no terminal, and the page of the device leads to the provider.
  folder = mkdtempSync(join(tmpdir(), 'flowmason-terminal-'))
  const login = new Terminal(folder, ['login', '--server', server.origin])
  terminal = login
  await expect.poll(() => login.request()).toBeDefined()
  const { page: address, code } = login.request() ?? { page: '', code: '' }
  await visit(bo, address)
  await expect(bo.getByText('requires single sign-on; sign in with')).toBeVisible()
  await expect(bo.getByRole('button', { name: 'Continue with Example' })).toBeVisible()
  await expect(bo.getByRole('button', { name: 'Allow', exact: true })).toHaveCount(0)
  await expectAccessible(bo, { both: true })
  // Carol has no session: the same page sends her to the sign-in page, from there to the provider, and back.
  const carols = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const carol = await carols.newPage()
  await visit(carol, address)
  await expect(carol).toHaveURL(/\/sign-in\?/)
  await carol.getByLabel('Email').fill(CAROL)
  // The provider of her address is looked for when she leaves the field.
  await carol.getByLabel('Password').focus()
  await carol.getByRole('button', { name: 'Continue with Example' }).click()
  await expect(carol.getByRole('heading', { name: 'Allow FlowMason command line?' })).toBeVisible()
  await expect(carol.getByText(code)).toBeVisible()
  await carol.getByRole('button', { name: 'Allow', exact: true }).click()
  await expect(carol.getByRole('heading', { name: 'The device is connected' })).toBeVisible()
  await carols.close()
  expect(await login.ended, login.text).toBe(0)
  expect(login.text).toContain(`You are signed in to ${server.origin}`)
  const who = new Terminal(folder, ['whoami', '--server', server.origin])
  expect(await who.ended, who.text).toBe(0)
  expect(who.text).toContain('Carol (FlowMason command line)')
  await visit(bo, '/pipelines')
  await bo.getByRole('button', { name: 'Sign out' }).click()
  await ready(bo)
  await bo.getByLabel('Email').fill('bo@example.test')
  await bo.getByLabel('Password').fill(PASSWORD)
  await bo.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(bo.getByRole('alert')).toContainText('requires single sign-on')
  await expect(bo.getByRole('button', { name: 'Continue with Example' })).toHaveCount(1)
  await expectAccessible(bo, { both: true })
  await visit(alice, '/pipelines')

  // The break-glass owner comes back with a passkey, and the owners are told.
  await page.context().clearCookies()
  await page.goto('/sign-in')
  await ready(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  await expect.poll(() => server.mails().some((mail) => mail.includes('without single sign-on'))).toBe(true)
  await visit(page, '/settings/domains')
  await domain.getByRole('button', { name: 'Stop enforcing example.test' }).click()
  await domain.getByRole('button', { name: 'Stop enforcing' }).click()
  await expect(domain).toContainText('may also sign in with a password')
  await bo.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(bo.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  await his.close()
  await hers.close()
})
