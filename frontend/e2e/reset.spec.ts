// A forgotten password: requested, set by the link, used. The server sends no mail, so the link is in a file.

import type { Page } from '@playwright/test'
import { ask, expect, expectAccessible, ready, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock has no accounts')
test.use({ ownServer: 'reset' })

const EMAIL = 'ada@example.test'
const [OLD, NEW] = ['correct horse battery', 'another horse battery']
const NARROW = { width: 360, height: 720 }

async function fits(page: Page) {
  const before = page.viewportSize()
  await page.setViewportSize(NARROW)
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth)
  await expect.poll(wide, { message: `width of ${page.url()}` }).toBeLessThanOrEqual(NARROW.width)
  if (before) await page.setViewportSize(before)
}

async function signIn(page: Page, password: string) {
  await page.goto('/sign-in')
  await ready(page)
  await page.getByLabel('Email').fill(EMAIL)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('a forgotten password is replaced by a link that works once, and every session ends', async ({ page, server }) => {
  await visit(page, '/settings')
  await ask(page, 'mutation($e: String!) { updateProfile(input: {email: $e}) { viewer { role } } }', { e: EMAIL })
  await ask(page, 'mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }', { p: OLD })
  const session = await page.context().cookies()
  await page.context().clearCookies()

  await page.goto('/sign-in')
  await ready(page)
  await page.getByRole('link', { name: 'Forgot password?' }).click()
  await page.getByRole('button', { name: 'Send the link' }).click()
  await expect(page.getByLabel('Email')).toHaveAccessibleDescription('Enter your email address.')
  await expectAccessible(page, { both: true })
  await fits(page)
  // The same answer for an address without an account, and no mail.
  await page.getByLabel('Email').fill('nobody@example.test')
  await page.getByRole('button', { name: 'Send the link' }).click()
  await expect(page.getByRole('status')).toContainText('If the address has an account')
  await visit(page, '/forgot-password')
  await page.getByLabel('Email').fill(EMAIL)
  await page.getByRole('button', { name: 'Send the link' }).click()
  await expect(page.getByRole('status')).toContainText('If the address has an account')
  await expectAccessible(page, { both: true })
  await fits(page)
  await expect.poll(() => server.mails().length).toBe(1)
  const [mail = ''] = server.mails()
  expect(mail).toContain(`To: ${EMAIL}`)
  const link = /\/reset-password#\S+/.exec(mail)?.[0] ?? ''

  await page.goto(link)
  await ready(page)
  await page.getByLabel('New password').fill('short')
  await page.getByRole('button', { name: 'Set the password' }).click()
  await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/At least 8 characters are needed/)
  await expectAccessible(page, { both: true })
  await fits(page)
  await page.getByLabel('New password').fill(NEW)
  await page.getByRole('button', { name: 'Set the password' }).click()
  await expect(page.getByRole('status')).toContainText('Your password was changed')

  // The sessions from before have ended, the old password and the link no longer work.
  await page.context().addCookies(session)
  await visit(page, '/runs')
  await expect(page).toHaveURL(/sign-in/)
  await expect(page.getByText('You were signed out')).toBeVisible()
  await page.goto('/forgot-password')
  await page.goto(link)
  await ready(page)
  await page.getByLabel('New password').fill(NEW)
  await page.getByRole('button', { name: 'Set the password' }).click()
  await expect(page.getByRole('alert')).toContainText('The link has ended')
  await expect(page.getByRole('link', { name: 'Request a new link' })).toBeVisible()
  await signIn(page, OLD)
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page).toHaveURL(/sign-in/)
  await signIn(page, NEW)
  await expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
})
