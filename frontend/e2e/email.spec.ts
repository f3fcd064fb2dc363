// The email address of a user: verified, changed with the confirmation of both addresses, taken back. The server sends no
// mail, so the links are in files.

import type { Page } from '@playwright/test'
import { ask, expect, expectAccessible, ready, test, visit } from './fixtures.ts'
import { type Server, real } from './server.ts'

test.skip(!real, 'the mock has no accounts')
test.use({ ownServer: 'email' })
test.describe.configure({ mode: 'serial' })

const [OLD, NEW] = ['ada@example.test', 'ada@new.test']
const PASSWORD = 'correct horse battery'
const NARROW = { width: 360, height: 720 }

async function fits(page: Page) {
  const before = page.viewportSize()
  await page.setViewportSize(NARROW)
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth)
  await expect.poll(wide, { message: `width of ${page.url()}` }).toBeLessThanOrEqual(NARROW.width)
  if (before) await page.setViewportSize(before)
}

/** The newest link to a page in the mails to an address, once there are `count` of them. */
async function link(server: Server, to: string, path: string, count: number): Promise<string> {
  const links = () =>
    server
      .mails()
      .filter((mail) => mail.startsWith(`To: ${to}\n`))
      .flatMap((mail) => new RegExp(`${path}#\\S+`).exec(mail)?.[0] ?? [])
  await expect.poll(() => links().length).toBe(count)
  return links().at(-1) ?? ''
}

const address = (page: Page) => page.getByRole('region', { name: 'Email address' })
const pending = (page: Page) => page.getByRole('region', { name: 'Pending change of the address' })

async function follow(page: Page, url: string) {
  // A change of the fragment alone would not load the page again.
  await page.goto('about:blank')
  await page.goto(url)
  await ready(page)
}

test('an address is verified by the link in the mail', async ({ page, server }) => {
  await visit(page, '/settings')
  await address(page).getByLabel('Email').fill(OLD)
  await address(page).getByRole('button', { name: 'Save' }).click()
  await expect(address(page)).toContainText('Not verified')
  await ask(page, 'mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }', { p: PASSWORD })
  await address(page).getByRole('button', { name: 'Verify' }).click()
  await expect(pending(page)).toContainText('Waiting for a confirmation')
  await expectAccessible(page, { both: true })
  await fits(page)
  const url = await link(server, OLD, '/confirm-email', 1)
  await follow(page, url)
  await expect(page.getByRole('heading', { name: 'Confirm your address' })).toBeVisible()
  await page.getByRole('button', { name: 'Confirm the address' }).click()
  await expect(page.getByRole('status')).toContainText(`${OLD} is confirmed`)
  await follow(page, url)
  await expect(page.getByRole('alert')).toContainText('This link is no longer valid')
  await visit(page, '/settings')
  await expect(address(page)).toContainText('Verified')
})

test('a change waits for both addresses, is sent again and cancelled', async ({ page, server }) => {
  await visit(page, '/settings')
  await address(page).getByRole('button', { name: 'Change the address' }).click()
  await address(page).getByRole('button', { name: 'Send the links' }).click()
  await expect(address(page).getByLabel('New email address')).toHaveAccessibleDescription(/Enter an email address\./)
  await address(page).getByLabel('New email address').fill(OLD)
  await address(page).getByRole('button', { name: 'Send the links' }).click()
  await expect(address(page).getByLabel('New email address')).toHaveAccessibleDescription(/your address already/)
  await address(page).getByLabel('New email address').fill(NEW)
  await address(page).getByRole('button', { name: 'Send the links' }).click()
  await expect(pending(page)).toContainText(`Waiting to change to ${NEW}`)
  await expect(address(page)).toContainText(OLD)
  await expectAccessible(page, { both: true })
  await fits(page)
  const first = await link(server, NEW, '/confirm-email', 1)
  await pending(page).getByRole('button', { name: 'Send again' }).click()
  await link(server, NEW, '/confirm-email', 2)
  await follow(page, first)
  await expect(page.getByRole('alert')).toContainText('This link is no longer valid')
  await visit(page, '/settings')
  await pending(page).getByRole('button', { name: 'Cancel' }).click()
  await expect(pending(page)).toHaveCount(0)
})

test('both addresses confirm, and the old one takes the account back', async ({ page, server, browser }) => {
  await visit(page, '/settings')
  await address(page).getByRole('button', { name: 'Change the address' }).click()
  await address(page).getByLabel('New email address').fill(NEW)
  await address(page).getByRole('button', { name: 'Send the links' }).click()
  await expect(pending(page)).toBeVisible()
  const [toNew, toOld] = [await link(server, NEW, '/confirm-email', 3), await link(server, OLD, '/confirm-email', 4)]
  // In another browser, in which nobody is signed in.
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const mailbox = await context.newPage()
  await follow(mailbox, toNew)
  await mailbox.getByRole('button', { name: 'Confirm the address' }).click()
  await expect(mailbox.getByRole('status')).toContainText('sent to the current address')
  await page.reload()
  await expect(pending(page).getByRole('listitem').first()).toContainText('done')
  await expect(address(page)).toContainText(OLD)
  await follow(mailbox, toOld)
  await expect(mailbox.getByRole('heading', { name: 'Allow the new address?' })).toBeVisible()
  await expectAccessible(mailbox, { both: true })
  await fits(mailbox)
  await mailbox.getByRole('button', { name: 'Allow the change' }).click()
  await expect(mailbox.getByRole('status')).toContainText(`${NEW} is confirmed`)
  await page.reload()
  await expect(address(page)).toContainText(NEW)
  await expect(pending(page)).toHaveCount(0)

  await follow(mailbox, await link(server, OLD, '/undo-email', 1))
  await expectAccessible(mailbox, { both: true })
  await fits(mailbox)
  await mailbox.getByRole('button', { name: 'Undo the change' }).click()
  await expect(mailbox.getByRole('status')).toContainText('its old address again')
  await expect(mailbox.getByRole('link', { name: 'Set a new password' })).toBeVisible()
  await visit(page, '/runs')
  await expect(page).toHaveURL(/sign-in/)
  await context.close()
})
