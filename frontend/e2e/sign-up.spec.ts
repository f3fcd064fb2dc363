// New accounts by mail: of a stranger on a server that is open to them, and of somebody who is invited. With a mail
// server, since the program opens itself to strangers only with one.

import type { Browser } from '@playwright/test'
import { ask, expect, expectAccessible, expectKept, guard, test as base, visit } from './fixtures.ts'
import { MailServer } from './mail-server.ts'
import { type Server, real } from './server.ts'

const test = base.extend<{}, { mail: MailServer }>({
  mail: [
    async ({}, use) => {
      const mail = new MailServer()
      await mail.start()
      await use(mail)
      await mail.stop()
    },
    { scope: 'worker' },
  ],
  env: [async ({ mail }, use) => use(mail.env), { scope: 'worker' }],
})
test.skip(!real, 'the mock sends no letters')
test.use({ ownServer: 'sign-up' })

const PASSWORD = 'correct horse battery'

/** A browser of somebody who is not signed in. */
async function stranger(browser: Browser, server: Server) {
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const guards = await guard(context, server.origin)
  const page = await context.newPage()
  return {
    page,
    end: async () => {
      await context.close()
      expectKept(guards)
    },
  }
}

test('a stranger signs up, confirms by the letter, and owns a new organization', async ({ server, browser, mail }) => {
  await server.restart({ FLOWMASON_SIGN_UP: 'open' })
  const { page, end } = await stranger(browser, server)
  await visit(page, '/sign-in')
  await page.getByRole('link', { name: 'No account yet? Sign up' }).click()
  await expect(page.getByRole('heading', { name: 'Sign up for FlowMason' })).toBeVisible()
  await page.getByRole('button', { name: 'Sign up' }).click()
  await expect(page.getByLabel('Your name')).toHaveAccessibleDescription(/Enter your name\./)
  await expectAccessible(page, { both: true })
  await page.getByLabel('Your name').fill('Ada')
  await page.getByLabel('Email').fill('ada@example.test')
  await page.getByLabel('Organization').fill('Engines')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await expect(page.getByText('A letter is on its way to your address.')).toBeVisible()

  const link = await mail.link('ada@example.test', '/sign-up/confirm')
  await visit(page, link)
  await expect(page.getByRole('heading', { name: 'Welcome to FlowMason' })).toBeVisible()
  await expectAccessible(page, { both: true })
  await page.getByLabel('Password').fill('another horse battery')
  await page.getByRole('button', { name: 'Make the account' }).click()
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription(/not the one that was entered at sign-up/)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Make the account' }).click()
  await expect(page.getByRole('button', { name: /^Engines:/ }).first()).toBeVisible()

  await visit(page, '/settings/members')
  const members = page.getByRole('list', { name: 'Members' }).getByRole('listitem')
  await expect(members).toHaveCount(1)
  await expect(members).toContainText('Ada (you)')
  await expect(members).toContainText('Owner')

  // The link has done its part.
  await page.context().clearCookies()
  await page.goto('about:blank')
  await visit(page, link)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Make the account' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'The link has ended' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Sign up again' })).toBeVisible()
  await end()
})

test('where only invited people get accounts, the invitation comes by mail and its link is the way in', async ({
  page,
  server,
  browser,
  mail,
}) => {
  await server.restart({ FLOWMASON_SIGN_UP: 'invited' })
  const grace = await stranger(browser, server)
  const theirs = grace.page
  await visit(theirs, '/sign-up')
  await expect(theirs.getByText('You need an invitation')).toBeVisible()
  await expectAccessible(theirs, { both: true })

  await visit(page, '/settings/members')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Role').selectOption('VIEWER')
  await dialog.getByLabel('Email').fill('grace@example.test')
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
  await expect(page.getByText('The invitation is on its way to grace@example.test.')).toBeVisible()

  await visit(theirs, await mail.link('grace@example.test', '/invitation'))
  await expect(theirs.getByLabel('Email')).toHaveValue('grace@example.test')
  await theirs.getByLabel('Your name').fill('Grace')
  await theirs.getByLabel('Password').fill(PASSWORD)
  await theirs.getByRole('button', { name: /^Join/ }).click()
  await expect(theirs.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  const organization = '{ viewer { organization { id } role } }'
  const [own, hers] = [await ask<Seen>(page, organization), await ask<Seen>(theirs, organization)]
  expect(hers.viewer).toEqual({ ...own.viewer, role: 'VIEWER' })
  expect(mail.count('grace@example.test')).toBe(1)
  await grace.end()
})

interface Seen {
  viewer: { organization: { id: string }; role: string }
}
