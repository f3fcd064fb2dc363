// Passkeys with Chromium's virtual authenticator: added, used to sign in and as the second factor, removed. Needs the
// program: the mock checks no signatures.

import type { CDPSession, Page } from '@playwright/test'
import { codeOf } from './authenticator.ts'
import { ask, expect, expectAccessible, ready, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock checks no signatures')
test.use({ ownServer: 'passkeys', host: 'localhost' })

const EMAIL = 'ada@example.test'
const PASSWORD = 'correct horse battery'
const NARROW = { width: 360, height: 720 }

async function fits(page: Page) {
  const before = page.viewportSize()
  await page.setViewportSize(NARROW)
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth)
  await expect.poll(wide, { message: `width of ${page.url()}` }).toBeLessThanOrEqual(NARROW.width)
  if (before) await page.setViewportSize(before)
}

/** Gives the page an authenticator that verifies its user. */
async function authenticator(page: Page): Promise<{ cdp: CDPSession; id: string }> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return { cdp, id: authenticatorId }
}

const inside = (page: Page) => expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()

async function signedOut(page: Page) {
  await page.context().clearCookies()
  await page.goto('/sign-in')
  await ready(page)
}

test('S19: a passkey is added, signs in, is the second factor, and is removed', async ({ page }) => {
  test.setTimeout(90_000)
  const { cdp, id } = await authenticator(page)
  await visit(page, '/settings')
  await ask(page, 'mutation($e: String!) { updateProfile(input: {email: $e}) { viewer { role } } }', { e: EMAIL })
  await ask(page, 'mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }', { p: PASSWORD })
  const passkeys = page.getByRole('region', { name: 'Passkeys' })
  await expect(passkeys).toContainText('No passkeys yet')
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click()
  await expect(passkeys.getByRole('listitem')).toContainText('Never used')
  await expectAccessible(page, { both: true })
  await fits(page)
  // The authenticator has one already.
  await passkeys.getByRole('button', { name: 'Add a passkey' }).click()
  await expect(passkeys.getByRole('alert')).toContainText('has a passkey for your account already')

  await signedOut(page)
  await expectAccessible(page, { both: true })
  // Without the verification of the person, the authenticator signs nothing.
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: false })
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeEnabled()
  await expect(page).toHaveURL(/sign-in/)
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: true })
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await inside(page)

  // A copy of the authenticator, whose counter is behind.
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: id })
  const [own] = credentials
  if (!own) throw new Error('The authenticator has no passkey')
  await cdp.send('WebAuthn.removeCredential', { authenticatorId: id, credentialId: own.credentialId })
  await cdp.send('WebAuthn.addCredential', { authenticatorId: id, credential: { ...own, signCount: 0 } })
  await signedOut(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('alert')).toContainText('The passkey was not accepted')
  await cdp.send('WebAuthn.removeCredential', { authenticatorId: id, credentialId: own.credentialId })
  await cdp.send('WebAuthn.addCredential', {
    authenticatorId: id,
    credential: { ...own, signCount: own.signCount + 10 },
  })
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await inside(page)

  const begun = await ask<{ beginTwoFactor: { secret: string } }>(page, 'mutation { beginTwoFactor { secret } }')
  const code = codeOf(begun.beginTwoFactor.secret)
  await ask(page, 'mutation($c: String!) { confirmTwoFactor(input: {code: $c}) { recoveryCodes } }', { c: code })
  await signedOut(page)
  await page.getByLabel('Email').fill(EMAIL)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByLabel('Code')).toBeVisible()
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await inside(page)

  await visit(page, '/settings')
  await expect(passkeys.getByRole('listitem')).toContainText('Used')
  await passkeys.getByRole('button', { name: /^Remove/ }).click()
  await passkeys.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(passkeys).toContainText('No passkeys yet')
  await signedOut(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(page.getByRole('alert')).toContainText('The passkey was not accepted')
})
