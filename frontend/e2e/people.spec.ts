// Two people in two browsers: invitation, acceptance, change of role, removal. Needs the program: the mock has one user.

import type { Browser, Page } from '@playwright/test'
import { ask, expect, expectAccessible, expectKept, guard, ready, test, visit } from './fixtures.ts'
import { type Server, real } from './server.ts'

test.skip(!real, 'the mock has one user only')

const PASSWORD = 'correct horse battery'
const NARROW = { width: 360, height: 720 }

/** A browser of somebody who is not signed in. */
async function anonymousVisitor(browser: Browser, server: Server) {
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

async function fits(page: Page) {
  const before = page.viewportSize()
  await page.setViewportSize(NARROW)
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth)
  await expect.poll(wide, { message: `width of ${page.url()}` }).toBeLessThanOrEqual(NARROW.width)
  if (before) await page.setViewportSize(before)
}

/** Invites by the dialog, and returns the link. */
async function invite(page: Page, role: string, email = ''): Promise<string> {
  await visit(page, '/settings/members')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Role').selectOption(role)
  await dialog.getByLabel('Email').fill(email)
  await dialog.getByRole('button', { name: 'Create the link' }).click()
  const link = await page.getByTestId('invitation-link').innerText()
  await dialog.getByRole('button', { name: 'I have copied it' }).click()
  return link
}

const member = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Members' }).getByRole('listitem').filter({ hasText: name })
const invitations = (page: Page) => page.getByRole('list', { name: 'Invitations' }).getByRole('listitem')

async function joinAsNew(page: Page, link: string, name: string, email: string) {
  await page.goto(link)
  await ready(page)
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: /^Join/ }).click()
  await expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
}

/** `stays`: something that they set up, which the dialog names. */
async function remove(page: Page, name: string, stays?: string) {
  await member(page, name)
    .getByRole('button', { name: `Actions for ${name}` })
    .click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  const dialog = page.getByRole('dialog')
  if (stays) {
    await expect(dialog.getByRole('list', { name: 'What they set up' })).toContainText(stays)
    await expectAccessible(page, { both: true })
  } else await expect(dialog).toContainText('They set up no provisioning tokens')
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await expect(member(page, name)).toHaveCount(0)
}

test('a person joins by a copied link, gets another role, is removed and comes back', async ({
  page,
  browser,
  server,
  context,
}) => {
  test.setTimeout(150_000)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await visit(page, '/settings')
  await page.getByRole('main').getByRole('link', { name: 'Members' }).click()
  await expect(page.getByRole('heading', { name: 'Members' })).toBeVisible()
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expectAccessible(page, { both: true })
  await dialog.getByLabel('Role').selectOption('VIEWER')
  await dialog.getByRole('button', { name: 'Create the link' }).click()
  await dialog.getByRole('button', { name: 'Copy the link' }).click()
  await expectAccessible(page, { both: true })
  await fits(page)
  const link = await page.evaluate(() => navigator.clipboard.readText())
  expect(link).toBe(await page.getByTestId('invitation-link').innerText())
  await dialog.getByRole('button', { name: 'I have copied it' }).click()
  await expect(invitations(page).first()).toContainText('Expires in 7 days')
  await expect(page.getByTestId('invitation-link')).toHaveCount(0)

  const grace = await anonymousVisitor(browser, server)
  const theirs = grace.page
  await theirs.goto(link)
  await ready(theirs)
  await expect(theirs.getByRole('heading', { name: /^Join / })).toBeVisible()
  await expectAccessible(theirs, { both: true })
  await fits(theirs)
  await theirs.getByRole('button', { name: /^Join/ }).click()
  await expect(theirs.getByText('Enter your name.')).toBeVisible()
  await joinAsNew(theirs, link, 'Grace', 'grace@example.test')

  // A viewer sees the list, and changes nothing.
  await visit(theirs, '/settings/members')
  await expect(member(theirs, 'Grace')).toContainText('Viewer')
  await expect(theirs.getByText('Only owners and admins can invite people')).toBeVisible()
  await expect(theirs.getByRole('button', { name: 'Invite', exact: true })).toHaveCount(0)
  await expect(theirs.getByRole('combobox')).toHaveCount(0)
  await expect(theirs.getByRole('heading', { name: 'Invitations' })).toHaveCount(0)
  await expectAccessible(theirs, { both: true })

  await visit(page, '/settings/members')
  await expect(invitations(page).first()).toContainText('Accepted')
  await expect(member(page, 'Grace')).toContainText('signs in with a password')
  await expectAccessible(page, { both: true })
  await fits(page)
  await member(page, 'Grace').getByLabel('Role of Grace').selectOption('ADMIN')
  await member(page, 'Grace').getByRole('button', { name: 'Save for Grace' }).click()
  await expect(page.getByText('Grace has the role Admin now.')).toBeVisible()
  await expect(member(page, 'Grace').getByLabel('Role of Grace')).toBeFocused()
  // The open page of the other person offers what the new role allows, without a reload.
  await expect(theirs.getByRole('button', { name: 'Invite', exact: true })).toBeVisible({ timeout: 5000 })

  const { createServiceAccount: made } = await ask<{ createServiceAccount: { serviceAccount: { id: string } } }>(
    theirs,
    'mutation { createServiceAccount(input: {name: "of Grace", role: VIEWER}) { serviceAccount { id } } }',
  )
  const key =
    'mutation($id: ID) { createApiKey(input: {name: "nightly", role: VIEWER, serviceAccountId: $id}) { secret } }'
  await ask(theirs, key, { id: made.serviceAccount.id })
  await remove(page, 'Grace', 'nightly · API key of a service account')
  await expect(theirs.getByText(/^You are no longer a member of/)).toBeVisible({ timeout: 5000 })
  await expectAccessible(theirs, { both: true })
  await fits(theirs)

  // The account still exists: with another invitation, its password is enough.
  await theirs.context().clearCookies()
  const again = await invite(page, 'DEVELOPER', 'grace@example.test')
  await theirs.goto(again)
  await ready(theirs)
  await theirs.getByText('Existing account').click()
  await expect(theirs.getByLabel('Email')).toHaveValue('grace@example.test')
  await theirs.getByLabel('Password').fill('not the password')
  await theirs.getByRole('button', { name: /^Sign in and join/ }).click()
  await expect(theirs.getByLabel('Password')).toHaveAccessibleDescription(/password is wrong/)
  await theirs.getByLabel('Password').fill(PASSWORD)
  await theirs.getByRole('button', { name: /^Sign in and join/ }).click()
  await expect(theirs.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()

  // Signed in, one press is enough, and a refusal is explained.
  await theirs.goto(await invite(page, 'VIEWER'))
  await ready(theirs)
  await expect(theirs.getByText('You are signed in as Grace.')).toBeVisible()
  await expectAccessible(theirs, { both: true })
  await theirs.getByRole('button', { name: /^Join/ }).click()
  await expect(theirs.getByRole('alert')).toContainText(/already/)
  await grace.end()
})

/** Leaves the organization by the menu of the own row. */
async function leave(page: Page) {
  await visit(page, '/settings/members')
  await page.getByRole('button', { name: 'Actions for your membership' }).click()
  await page.getByRole('menuitem', { name: 'Leave the organization' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
}

test('a person without any organization is offered no other one, and joins again by an invitation', async ({
  page,
  browser,
  server,
}) => {
  const { page: theirs, end } = await anonymousVisitor(browser, server)
  await joinAsNew(theirs, await invite(page, 'DEVELOPER'), 'Edsger', 'edsger@example.test')
  await leave(theirs)
  const alert = theirs.getByRole('alert')
  await expect(alert).toContainText('You are not a member of any organization')
  await expect(alert).toContainText('ask an owner or an admin for an invitation, and open its link in this browser')
  await expect(alert.getByRole('button')).toHaveText(['Sign out'])
  await expectAccessible(theirs, { both: true })
  await fits(theirs)

  await theirs.goto(await invite(page, 'VIEWER'))
  await ready(theirs)
  await expect(theirs.getByText('You are signed in.')).toBeVisible()
  await theirs.getByRole('button', { name: /^Join/ }).click()
  await expect(theirs.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  await leave(theirs)
  await alert.getByRole('button', { name: 'Sign out' }).click()
  await expect(theirs).toHaveURL(/\/sign-in/)
  await end()
})

test('a person who is removed and has another organization is offered that one by its name', async ({
  page,
  browser,
  server,
}) => {
  const { page: theirs, end } = await anonymousVisitor(browser, server)
  await joinAsNew(theirs, await invite(page, 'DEVELOPER'), 'Barbara', 'barbara@example.test')
  const button = theirs.getByRole('button', { name: /: organization and your settings$/ })
  const label = (await button.getAttribute('aria-label')) ?? ''
  await button.click()
  await theirs.getByRole('menuitem', { name: 'New organization' }).click()
  await theirs.getByRole('dialog').getByLabel('Name').fill('Abstraction')
  await expectAccessible(theirs, { both: true })
  await theirs.getByRole('dialog').getByRole('button', { name: 'Create the organization' }).click()
  await expect(theirs.getByRole('button', { name: /^Abstraction:/ })).toBeVisible()
  await ready(theirs)
  await theirs.getByRole('button', { name: /^Abstraction:/ }).click()
  await expect(theirs.getByRole('menuitem', { name: 'Sign out' })).toBeInViewport()
  await theirs.getByRole('menuitemcheckbox', { name: label.split(':')[0] }).click()
  await expect(button).toHaveAttribute('aria-label', label)
  await visit(theirs, '/settings/members')
  await visit(page, '/settings/members')
  await remove(page, 'Barbara')
  const alert = theirs.getByRole('alert')
  await expect(alert).toContainText(/^You are no longer a member of/)
  await alert.getByRole('button', { name: 'Open Abstraction' }).click()
  await expect(theirs.getByRole('button', { name: /^Abstraction:/ }).first()).toBeVisible()
  await end()
})

test('a revoked or renewed invitation has no valid link but the newest', async ({ page, browser, server }) => {
  const old = await invite(page, 'VIEWER', 'alan@example.test')
  const row = invitations(page).filter({ hasText: 'alan@example.test' })
  await row.getByRole('button', { name: /^New link/ }).click()
  const newest = await page.getByTestId('invitation-link').innerText()
  expect(newest).not.toBe(old)
  // It is shown only once, so that it does not vanish before it was copied.
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toContainText('never shown again')
  await page.getByRole('button', { name: 'Close without it' }).click()

  const { page: theirs, end } = await anonymousVisitor(browser, server)
  const opened = async (link: string) => {
    // Only the fragments differ, which alone does not load the page again.
    await theirs.goto('about:blank')
    await theirs.goto(link)
    await ready(theirs)
  }
  await opened(old)
  await expect(theirs.getByRole('alert')).toContainText('This invitation is no longer valid')
  await expectAccessible(theirs, { both: true })
  await opened(newest)
  await expect(theirs.getByLabel('Email')).toHaveValue('alan@example.test')
  await row.getByRole('button', { name: /^Revoke/ }).click()
  await row.getByRole('button', { name: 'Revoke', exact: true }).click()
  await expect(row).toContainText('Revoked')
  await opened(newest)
  await expect(theirs.getByRole('alert')).toContainText('This invitation is no longer valid')
  await end()
})

test('an error of the server is shown at its field, and the only owner cannot leave', async ({ page }) => {
  await visit(page, '/settings/members')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = page.getByRole('dialog')
  // Valid for the browser, but longer than the server allows.
  await dialog.getByLabel('Email').fill(`${'a'.repeat(60)}@${'b.'.repeat(120)}example`)
  await dialog.getByRole('button', { name: 'Create the link' }).click()
  await expect(dialog.getByLabel('Email')).toHaveAccessibleDescription(/at most 254 are allowed/)
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Actions for your membership' }).click()
  await page.getByRole('menuitem', { name: 'Leave the organization' }).click()
  await dialog.getByRole('button', { name: 'Leave' }).click()
  await expect(dialog.getByRole('alert')).toContainText('only owner')
})

test('ownership moves to another member, and the former owner is an admin', async ({ page, browser, server }) => {
  const link = await invite(page, 'ADMIN')
  const { page: theirs, end } = await anonymousVisitor(browser, server)
  await joinAsNew(theirs, link, 'Katherine', 'katherine@example.test')
  await visit(theirs, '/settings/members')
  await theirs
    .getByRole('list', { name: 'Members' })
    .getByRole('button', { name: /^Actions for/ })
    .last()
    .click()
  await expect(theirs.getByRole('menu')).toBeVisible()
  await expect(theirs.getByRole('menuitem', { name: 'Transfer ownership' })).toHaveCount(0)
  await visit(page, '/settings/members')
  await page.getByRole('button', { name: 'Actions for Katherine' }).click()
  await page.getByRole('menuitem', { name: 'Transfer ownership' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Transfer ownership' }).click()
  await expect(member(page, 'Katherine')).toContainText('Owner')
  await expect(member(page, '(you)')).toContainText('Admin')
  const { viewer } = await ask<{ viewer: { role: string } }>(page, '{ viewer { role } }')
  expect(viewer.role).toBe('ADMIN')
  await end()
})
