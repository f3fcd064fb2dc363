// Two people change one pipeline at once, in two browsers, and lose nothing. Needs the program: the mock has one user.

import type { Browser, Page } from '@playwright/test'
import {
  ask,
  createPipeline,
  draftOf,
  expect,
  expectAccessible,
  expectKept,
  guard,
  ready,
  test,
  visit,
} from './fixtures.ts'
import { type Server, real } from './server.ts'

test.skip(!real, 'the mock has one user only')
// Its people are in no list of other stories.
test.use({ ownServer: 'editing' })

const NARROW = { width: 360, height: 720 }
const stage = (id: string, word: string) => ({
  id,
  component: 'json_transform',
  config: { data: { word }, expression: 'data' },
})
const pair = { name: 'together', stages: [stage('one', 'alpha'), stage('two', 'beta')] }

/** Another member of the organization, in a browser of her own. */
async function joined(page: Page, browser: Browser, server: Server, name: string, role = 'DEVELOPER') {
  const { createInvitation } = await ask<{ createInvitation: { path: string } }>(
    page,
    'mutation ($role: Role!) { createInvitation(input: { role: $role }) { path } }',
    { role },
  )
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const guards = await guard(context, server.origin)
  const own = await context.newPage()
  await own.goto(createInvitation.path)
  await ready(own)
  await own.getByLabel('Your name').fill(name)
  await own.getByLabel('Email').fill(`${name.toLowerCase()}-${Date.now()}@example.test`)
  await own.getByLabel('Password').fill('correct horse battery')
  await own.getByRole('button', { name: /^Join/ }).click()
  await expect(own.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
  const end = async () => {
    await context.close()
    expectKept(guards)
  }
  return { page: own, context, end }
}

const editor = (page: Page) => page.getByTestId('source-editor')
const status = (page: Page) => page.getByTestId('draft-status')

async function edit(page: Page, pipeline: string) {
  await visit(page, `/pipelines/${pipeline}?edit=true`)
  await expect(editor(page).locator('.cm-content')).toBeVisible()
}

/** Replaces a word in the text as a person would: a double click selects it. */
async function retype(page: Page, word: string, next: string) {
  await editor(page).getByText(`"${word}"`, { exact: true }).dblclick()
  await page.keyboard.type(next)
}

test('two people change different stages, undo their own changes, and one saves a version with both', async ({
  page,
  browser,
  server,
}) => {
  test.setTimeout(120_000)
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair)
  const grace = await joined(page, browser, server, 'Grace')
  await edit(page, pipeline)
  await edit(grace.page, pipeline)
  await expect(status(page)).toHaveText('No changes since version 1')
  await expect(page.getByRole('list', { name: 'Also editing' })).toContainText('Grace')

  await retype(page, 'alpha', 'first')
  await retype(grace.page, 'beta', 'second')
  for (const each of [page, grace.page]) {
    await expect(editor(each)).toContainText('"first"')
    await expect(editor(each)).toContainText('"second"')
    await expect(status(each)).toContainText(/^Saved/)
  }
  const both = { ...pair, stages: [stage('one', 'first'), stage('two', 'second')] }
  expect(await draftOf(page, pipeline)).toBe(JSON.stringify(both, null, 2))
  await expect(page.locator('.cm-person')).toHaveText('G')
  await expectAccessible(page, { both: true })

  // One's own change is undone, and not the later one of somebody else.
  await page.getByRole('button', { name: 'Undo my last change' }).click()
  await expect(editor(page)).toContainText('"alpha"')
  await expect(editor(grace.page)).toContainText('"alpha"')
  await expect(editor(page)).toContainText('"second"')
  await page.getByRole('button', { name: 'Redo my last change' }).click()
  await expect(editor(grace.page)).toContainText('"first"')

  await page.getByRole('button', { name: /^Save as version 2/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Save as version 2' })
  await expect(dialog.getByText(/also takes what others changed: Grace \(\d+ changes?\)/)).toBeVisible()
  await expectAccessible(page, { both: true })
  await dialog.getByLabel('Note').fill('Both words')
  await dialog.getByRole('button', { name: 'Save all of it' }).click()
  await expect(page.getByText('Version 2 was saved.')).toBeVisible()
  for (const each of [page, grace.page]) await expect(status(each)).toContainText('No changes since version 2')
  const { version } = (
    await ask<{ pipeline: { version: { source: string; note: string } } }>(
      page,
      'query ($id: ID!) { pipeline(id: $id) { version(number: 2) { source note } } }',
      { id: pipeline },
    )
  ).pipeline
  expect(version.source).toContain('"first"')
  expect(version.source).toContain('"second"')
  expect(version.note).toBe('Both words')
  await grace.end()
})

test('who loses the connection goes on typing, nothing is lost, and a conflict is shown and chosen', async ({
  page,
  browser,
  server,
}) => {
  test.setTimeout(120_000)
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair)
  const grace = await joined(page, browser, server, 'Grace')
  await edit(page, pipeline)
  await edit(grace.page, pipeline)

  await grace.context.setOffline(true)
  await retype(grace.page, 'beta', 'offline')
  await expect(status(grace.page)).toContainText('Not saved: the server is unreachable')
  await retype(grace.page, 'offline', 'typed-offline')
  await retype(page, 'alpha', 'meanwhile')
  await expect(status(page)).toContainText(/^Saved/)
  await grace.context.setOffline(false)
  for (const each of [page, grace.page]) {
    await expect(editor(each)).toContainText('"typed-offline"', { timeout: 30_000 })
    await expect(editor(each)).toContainText('"meanwhile"', { timeout: 30_000 })
    await expect(status(each)).toContainText(/^Saved/, { timeout: 30_000 })
  }

  await grace.context.setOffline(true)
  await retype(grace.page, 'meanwhile', 'hers')
  await expect(status(grace.page)).toContainText('Not saved')
  // A reload without the network is not possible, and what is unsaved is kept for one.
  const kept = () => grace.page.evaluate(() => Object.values(sessionStorage).join('\n'))
  await expect.poll(kept).toContain('hers')
  await retype(page, 'meanwhile', 'his')
  await expect.poll(() => draftOf(page, pipeline)).toContain('"his"')
  await grace.context.setOffline(false)
  await expect(status(grace.page)).toContainText('you and somebody else changed the same', { timeout: 30_000 })
  await expect(editor(grace.page)).toContainText('"hers"')
  await grace.page.getByRole('button', { name: 'Choose what stays' }).click()
  const dialog = grace.page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Use what I chose' })).toBeDisabled()
  await expect(dialog.getByRole('radio', { name: /^Theirs/ })).toBeVisible()
  await expectAccessible(grace.page, { both: true })
  await grace.page.keyboard.press('Escape')
  // The page is laid out anew, and what is not saved is still there.
  await grace.page.setViewportSize(NARROW)
  await grace.page.getByRole('button', { name: 'Choose what stays' }).click({ timeout: 30_000 })
  await expect(dialog.getByRole('button', { name: 'Use what I chose' })).toBeInViewport({ ratio: 1 })
  expect(await grace.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width)
  await dialog.getByRole('radio', { name: /^Mine/ }).check()
  await dialog.getByRole('button', { name: 'Use what I chose' }).click()
  for (const each of [page, grace.page]) await expect(editor(each)).toContainText('"hers"')
  await expect.poll(() => draftOf(page, pipeline)).toContain('"hers"')

  // Discarding says whose changes go.
  await page.getByRole('button', { name: 'Discard the draft' }).click()
  const question = page.getByRole('dialog', { name: 'Discard the draft?' })
  await expect(question).toContainText('Grace')
  await question.getByRole('button', { name: 'Discard all changes' }).click()
  for (const each of [page, grace.page]) await expect(editor(each)).toContainText('"alpha"')
  await grace.end()
})

test('a text that is not complete is kept over a reload, and saved when it is complete', async ({ page }) => {
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair)
  await edit(page, pipeline)
  await editor(page).getByText('"alpha"', { exact: true }).click()
  await page.keyboard.press('End')
  await page.keyboard.type(',')
  await expect(status(page)).toContainText('the text is not complete')
  await expect(editor(page)).toBeVisible()
  page.on('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await ready(page)
  await expect(editor(page).locator('.cm-line', { hasText: '"word": "alpha",' })).toBeVisible()
  await editor(page).getByText('"alpha"', { exact: true }).click()
  await page.keyboard.press('End')
  await page.keyboard.type('"more": 1')
  await expect(status(page)).toContainText(/^Saved/)
  expect(await draftOf(page, pipeline)).toContain('"more": 1')
})

test('who may only read a pipeline sees its draft and changes nothing', async ({ page, browser, server }) => {
  test.setTimeout(90_000)
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair)
  const viewer = await joined(page, browser, server, 'Vera', 'VIEWER')
  const theirs = viewer.page
  await visit(theirs, `/pipelines/${pipeline}`)
  await expect(theirs.getByRole('button', { name: 'Edit', exact: true })).toHaveCount(0)
  await theirs.getByRole('button', { name: 'Show the draft' }).click()
  await expect(theirs.getByText('No draft')).toBeVisible()
  await expectAccessible(theirs, { both: true })
  await edit(page, pipeline)
  await retype(page, 'alpha', 'first')
  await expect(status(page)).toContainText(/^Saved/)
  await theirs.reload()
  await ready(theirs)
  const text = theirs.getByRole('textbox', { name: 'Source of this version' })
  await expect(text).toContainText('"first"')
  await expect(theirs.getByText(/^Changed since version 1 by /)).toBeVisible()
  await retype(page, 'beta', 'second')
  await expect(text).toContainText('"second"')
  await expectAccessible(theirs, { both: true })
  await viewer.end()
})
