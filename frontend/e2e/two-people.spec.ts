// Two people in one browser, one after the other: what one page has of the first is not for the second, and what it
// still does is not done in the second one's name. Needs the program: the mock has one user.

import type { Browser, Page } from '@playwright/test'
import { ask, expect, expectKept, guard, ready, test, visit } from './fixtures.ts'
import { type Server, real } from './server.ts'

test.skip(!real, 'the mock has one user only')
test.use({ ownServer: 'two-people' })

const PASSWORD = 'correct horse battery'

/** Another admin of the organization, who has joined in a browser of her own. */
async function joined(page: Page, browser: Browser, server: Server, name: string) {
  const { createInvitation } = await ask<{ createInvitation: { path: string } }>(
    page,
    'mutation { createInvitation(input: { role: ADMIN }) { path } }',
  )
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const guards = await guard(context, server.origin)
  const own = await context.newPage()
  const email = `${name.toLowerCase()}-${Date.now()}@example.test`
  await own.goto(createInvitation.path)
  await ready(own)
  await own.getByLabel('Your name').fill(name)
  await own.getByLabel('Email').fill(email)
  await own.getByLabel('Password').fill(PASSWORD)
  await own.getByRole('button', { name: /^Join/ }).click()
  await expect(own.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  const cookies = await context.cookies()
  await context.close()
  expectKept(guards)
  return { email, cookies }
}

test('F10 who signs in after another person in the same tab gets a page without what it had', async ({
  page,
  context,
  browser,
  server,
}) => {
  await visit(page, '/pipelines')
  const grace = await joined(page, browser, server, 'Grace')
  await page.evaluate(() => Reflect.set(globalThis, 'before', true))
  await context.clearCookies()
  await page.keyboard.press('g')
  await page.keyboard.press('r')
  await expect(page).toHaveURL(/\/sign-in/)
  await page.getByLabel('Email').fill(grace.email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  expect(await page.evaluate(() => Reflect.has(globalThis, 'before'))).toBe(false)
})

test('F11 a tab of one person does nothing as another who has signed in since', async ({
  page,
  context,
  browser,
  server,
}) => {
  await visit(page, '/settings/members')
  const barbara = await joined(page, browser, server, 'Barbara')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Role')).toBeVisible()
  // As after signing in in another tab: all tabs have the same cookie.
  await context.clearCookies()
  await context.addCookies(barbara.cookies)
  await dialog.getByRole('button', { name: 'Create the link' }).click()
  await expect(page.getByText(/^Another person has signed in in this browser/).first()).toBeVisible()
  await expect(page.getByTestId('invitation-link')).toHaveCount(0)
})
