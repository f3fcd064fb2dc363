// Two-factor authentication from set-up to turning it off, a fresh proof before a dangerous change, and the sessions of
// the user. Needs the program: the mock accepts any code.

import type { Page } from '@playwright/test'
import { codeOf } from './authenticator.ts'
import { ask, expect, expectAccessible, ready, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock does not check codes')
test.use({ ownServer: 'two-factor' })
test.describe.configure({ mode: 'serial' })

const EMAIL = 'ada@example.test'
const PASSWORD = 'correct horse battery'
const NARROW = { width: 360, height: 720 }

let secret = ''
let recovery: string[] = []

async function fits(page: Page) {
  const before = page.viewportSize()
  await page.setViewportSize(NARROW)
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth)
  await expect.poll(wide, { message: `width of ${page.url()}` }).toBeLessThanOrEqual(NARROW.width)
  if (before) await page.setViewportSize(before)
}

async function enterPassword(page: Page) {
  await page.context().clearCookies()
  await page.goto('/sign-in')
  await ready(page)
  await page.getByLabel('Email').fill(EMAIL)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

const inside = (page: Page) => expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()

test('an app is set up, and its first code gives the recovery codes', async ({ page }) => {
  await visit(page, '/settings')
  await ask(page, 'mutation($e: String!) { updateProfile(input: {email: $e}) { viewer { role } } }', { e: EMAIL })
  await ask(page, 'mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }', { p: PASSWORD })
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('img', { name: /QR code/ })).toBeVisible()
  await expectAccessible(page, { both: true })
  await fits(page)
  secret = await page.getByTestId('two-factor-secret').innerText()
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await expect(dialog.getByText('Enter the code that the app shows.', { exact: true })).toBeVisible()
  await dialog.getByLabel('Code').fill('000000')
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await expect(dialog.getByLabel('Code')).toHaveAccessibleDescription(/too old or already used/)
  await dialog.getByLabel('Code').fill(codeOf(secret))
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible()
  recovery = await page.getByTestId('recovery-codes').getByRole('listitem').allInnerTexts()
  expect(recovery).toHaveLength(10)
  await expectAccessible(page, { both: true })
  await fits(page)
  await page.getByRole('button', { name: 'I have saved them' }).click()
  await expect(page.getByText('10 recovery codes are left.')).toBeVisible()
  await expectAccessible(page, { both: true })
  await fits(page)
})

test('signing in then takes the password and a code, or a recovery code once', async ({ page }) => {
  await enterPassword(page)
  await expect(page.getByLabel('Code')).toBeFocused()
  await expectAccessible(page, { both: true })
  await fits(page)
  await page.getByLabel('Code').fill('000000')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByLabel('Code')).toHaveAccessibleDescription(/wrong/)
  await page.getByLabel('Code').fill(codeOf(secret, 1))
  await page.getByRole('button', { name: 'Continue' }).click()
  await inside(page)

  for (const accepted of [true, false]) {
    await enterPassword(page)
    await page.getByRole('button', { name: 'Use a recovery code' }).click()
    await page.getByLabel('Recovery code').fill(recovery[0] ?? '')
    await page.getByRole('button', { name: 'Continue' }).click()
    if (accepted) await inside(page)
    else await expect(page.getByLabel('Recovery code')).toHaveAccessibleDescription(/already used/)
  }
})

test('a dangerous change asks for a proof, and is then made once', async ({ page }) => {
  await enterPassword(page)
  await page.getByRole('button', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(recovery[1] ?? '')
  await page.getByRole('button', { name: 'Continue' }).click()
  await inside(page)
  await visit(page, '/settings')
  // The proof is fresh, so the refusal is made up; everything after it is real.
  let refused = 0
  await page.route('/graphql', async (route) => {
    if (!route.request().postData()?.includes('createApiKey') || refused > 0) return route.fallback()
    refused += 1
    const error = { message: 'Prove that it is you.', path: ['createApiKey'], extensions: { code: 'STEP_UP_REQUIRED' } }
    return route.fulfill({ json: { data: null, errors: [error] } })
  })
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('after a proof')
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  const proof = page.getByRole('dialog', { name: 'Is it you?' })
  await expect(proof.getByLabel('Code')).toBeVisible()
  await expectAccessible(page, { both: true })
  await fits(page)
  await proof.getByRole('button', { name: 'Use your password' }).click()
  await proof.getByLabel('Password').fill('not the password')
  await proof.getByRole('button', { name: 'Continue' }).click()
  await expect(proof.getByLabel('Password')).toHaveAccessibleDescription(/not your password/)
  await proof.getByLabel('Password').fill(PASSWORD)
  await proof.getByRole('button', { name: 'Continue' }).click()
  await expect(proof).toHaveCount(0)
  await expect(page.getByRole('dialog').getByText(/^fmk_/)).toBeVisible()
  const { apiKeys } = await ask<{ apiKeys: { name: string }[] }>(page, '{ apiKeys { name } }')
  expect(apiKeys.map((key) => key.name)).toEqual(['after a proof'])
  // The page goes on with the session's new token.
  await page.reload()
  await inside(page)
})

test('the sessions are listed, all others are ended, and the second factor is turned off', async ({ page }) => {
  await enterPassword(page)
  await page.getByRole('button', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(recovery[2] ?? '')
  await page.getByRole('button', { name: 'Continue' }).click()
  await inside(page)
  await visit(page, '/settings')
  const sessions = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
  await expect(sessions.filter({ hasText: '(this browser)' })).toHaveCount(1)
  expect(await sessions.count()).toBeGreaterThan(1)
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await expect(sessions).toHaveCount(1)
  await page.getByRole('button', { name: 'Turn off …' }).click()
  await page.getByRole('button', { name: 'Turn off', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Set up an authenticator app' })).toBeVisible()
  await enterPassword(page)
  await inside(page)
})
