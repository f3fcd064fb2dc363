// Folders, publishing to environments, runs in production, and the second person.

import { ask, createPipeline, expect, expectAccessible, expectKept, guard, ready, test, visit } from './fixtures.ts'
import { real } from './server.ts'

const source = JSON.stringify({
  name: 'Nightly report',
  version: '1.0.0',
  stages: [{ id: 'one', component: 'variable_set', config: { name: 'x', value: 1 } }],
})
const CREATE = `mutation($source: String!) { createPipeline(input: {source: $source}) { pipeline { id } } }`

async function pipeline(page: Parameters<typeof ask>[0]): Promise<string> {
  await visit(page, '/pipelines')
  const made = await ask<{ createPipeline: { pipeline: { id: string } } }>(page, CREATE, { source })
  return made.createPipeline.pipeline.id
}

test('a pipeline is moved to a new folder, listed there, and kept when the folder is deleted', async ({ page }) => {
  await pipeline(page)
  await visit(page, '/pipelines')
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Actions for Nightly report' }).click()
  await page.getByRole('menuitem', { name: 'Move to a folder' }).click()
  await dialog.getByLabel('Folder', { exact: true }).selectOption({ label: 'New folder …' })
  await dialog.getByRole('button', { name: 'Move' }).click()
  await expect(dialog.getByLabel('Name of the folder')).toHaveAccessibleDescription(/Enter a name/)
  await dialog.getByLabel('Name of the folder').fill('Reports')
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Move' }).click()
  await expect(page.getByTestId('folder')).toContainText('Reports')

  await page.getByRole('button', { name: 'Folder', exact: true }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Reports' }).click()
  await expect(page).toHaveURL(/folder=folder_/)
  await expect(page.getByRole('link', { name: 'Nightly report' })).toBeVisible()
  await page.getByRole('button', { name: 'Reports' }).click()
  await page.getByRole('menuitem', { name: 'Delete this folder' }).click()
  await dialog.getByRole('button', { name: 'Delete the folder' }).click()
  await expect(page).not.toHaveURL(/folder=/)
  await expect(page.getByRole('link', { name: 'Nightly report' })).toBeVisible()
  await expect(page.getByTestId('folder')).toHaveCount(0)
})

test('a version is published to production, runs there, and waits for a second person once one is wanted', async ({
  page,
}) => {
  const id = await pipeline(page)
  await visit(page, `/pipelines/${id}?tab=environments`)
  const dialog = page.getByRole('dialog')
  const production = page.locator('[data-published=PRODUCTION]')
  await expect(production).toContainText('Nothing is published')
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'Publish to production' }).click()
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  await expect(production).toContainText('Version 1')

  await page.getByRole('button', { name: /^Run/ }).click()
  await dialog.getByLabel('Environment').selectOption({ label: 'Production' })
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(page).toHaveURL(/\/runs\/run_/)
  await expect(page.locator('[data-environment=PRODUCTION]')).toBeVisible()
  await visit(page, '/runs?environment=PRODUCTION')
  await expect(page.locator('[data-row]')).toHaveCount(1)

  await visit(page, '/settings/access')
  const wanted = page.getByRole('checkbox', { name: 'A second person approves what is published to production' })
  await wanted.click()
  await expect(wanted).toBeChecked()
  const push = `mutation($id: ID!, $source: String!) { pushPipelineVersion(input: {pipelineId: $id, source: $source}) { created } }`
  await ask(page, push, { id, source: `${source}\n` })
  await visit(page, `/pipelines/${id}?tab=environments`)
  await page.getByRole('button', { name: 'Publish to production' }).click()
  await expect(dialog.getByText('Another person has to approve it')).toBeVisible()
  await dialog.getByRole('button', { name: 'Request it' }).click()
  const request = page.getByRole('group', { name: 'Request to publish version 2' })
  await expect(request).toContainText('You want to publish version 2')
  await expect(request.getByRole('button', { name: 'Approve' })).toHaveCount(0)
  await request.getByRole('button', { name: 'Withdraw' }).click()
  await expect(request).toHaveCount(0)
  await expect(production).toContainText('Version 1')
})

test('a second person finds the request on Home and approves it with a fresh proof', async ({
  page,
  browser,
  server,
}) => {
  test.skip(!real, 'the mock has one user only')
  test.setTimeout(90_000)
  const id = await pipeline(page)
  const wanted =
    'mutation { updatePublicationSettings(input: {secondPerson: true}) { publicationSettings { secondPerson } } }'
  await ask(page, wanted)
  const publish = `mutation($id: ID!) { publishPipeline(input: {pipelineId: $id, environment: PRODUCTION, versionNumber: 1}) { publication { status } } }`
  await ask(page, publish, { id })
  await visit(page, '/')
  const own = page.getByRole('region', { name: 'Waiting for approval' })
  await expect(own).toContainText('You want to publish version 1 to production. Another person has to approve it.')
  await expectAccessible(page, { both: true })

  const invite = 'mutation { createInvitation(input: {role: ADMIN}) { path } }'
  const { createInvitation: made } = await ask<{ createInvitation: { path: string } }>(page, invite)
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const guards = await guard(context, server.origin)
  const theirs = await context.newPage()
  await theirs.goto(made.path)
  await ready(theirs)
  await theirs.getByLabel('Your name').fill('Hedy')
  await theirs.getByLabel('Email').fill('hedy@example.test')
  await theirs.getByLabel('Password').fill('correct horse battery')
  await theirs.getByRole('button', { name: /^Join/ }).click()
  await expect(theirs.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()

  await visit(theirs, '/')
  const waiting = theirs.getByRole('region', { name: 'Waiting for approval' })
  await expect(waiting).toContainText('wants to publish version 1 to production.')
  await waiting.getByRole('link', { name: 'Nightly report' }).click()
  await expect(theirs).toHaveURL(/tab=environments/)
  const request = theirs.getByRole('group', { name: 'Request to publish version 1' })
  const approve = request.getByRole('button', { name: 'Approve' })
  const refuse = request.getByRole('button', { name: 'Refuse' })
  // On a phone, the buttons stay beside each other.
  await theirs.setViewportSize({ width: 360, height: 720 })
  const [left, right] = [await approve.boundingBox(), await refuse.boundingBox()]
  expect(right?.y).toBe(left?.y)
  await theirs.setViewportSize({ width: 1280, height: 720 })
  // The proof is fresh, so the refusal is made up; everything after it is real.
  let refused = 0
  await theirs.route('/graphql', async (route) => {
    if (!route.request().postData()?.includes('approvePublication') || refused > 0) return route.fallback()
    refused += 1
    const extensions = { code: 'STEP_UP_REQUIRED' }
    return route.fulfill({
      json: { data: null, errors: [{ message: 'Prove that it is you.', path: ['approvePublication'], extensions }] },
    })
  })
  await approve.click()
  const proof = theirs.getByRole('dialog', { name: 'Is it you?' })
  await proof.getByLabel('Password').fill('correct horse battery')
  await expect(theirs.locator('[data-published=PRODUCTION]')).toContainText('Nothing is published')
  await proof.getByRole('button', { name: 'Continue' }).click()
  await expect(proof).toHaveCount(0)
  await expect(theirs.locator('[data-published=PRODUCTION]')).toContainText('Version 1')
  expect(refused).toBe(1)
  await visit(theirs, '/')
  await expect(theirs.getByRole('region', { name: 'Needs attention' })).toBeVisible()
  await expect(waiting).toHaveCount(0)
  await context.close()
  expectKept(guards)
})

test('the run dialog asks for the input of the version that runs in the environment', async ({ page }) => {
  const version = (field: string) => ({
    name: 'Weather',
    version: '1.0.0',
    input_schema: { type: 'object', properties: { [field]: { type: 'string', title: field } } },
    stages: [{ id: 'one', component: 'variable_set', config: { name: 'x', value: 1 } }],
  })
  await visit(page, '/pipelines')
  const id = await createPipeline(page, version('City'))
  const publish = `mutation($id: ID!) { publishPipeline(input: {pipelineId: $id, environment: STAGING, versionNumber: 1}) { publication { status } } }`
  await ask(page, publish, { id })
  const push = `mutation($id: ID!, $source: String!) { pushPipelineVersion(input: {pipelineId: $id, source: $source}) { created } }`
  await ask(page, push, { id, source: JSON.stringify(version('Topic')) })
  await visit(page, `/pipelines/${id}?run=true`)
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Topic')).toBeVisible()
  await dialog.getByLabel('Environment').selectOption({ label: 'Staging' })
  await expect(dialog).toContainText('Version 1, published to staging')
  await expect(dialog.getByLabel('City')).toBeVisible()
  await expect(dialog.getByLabel('Topic')).toHaveCount(0)
  await dialog.getByLabel('Environment').selectOption({ label: 'Production' })
  await expect(dialog).toContainText('Nothing is published to production')
  await expect(dialog.getByRole('button', { name: 'Start the run' })).toBeDisabled()
  await dialog.getByLabel('Environment').selectOption({ label: 'Development' })
  await expect(dialog.getByLabel('Topic')).toBeVisible()
})

test('a link to unsubscribe changes nothing until the button is pressed, and a wrong one says so', async ({ page }) => {
  test.skip(!real, 'the mock sends no letters')
  await visit(page, '/mail/unsubscribe/wrong')
  await expect(page.getByRole('heading', { name: 'Letters about requests' })).toBeVisible()
  await expectAccessible(page, { both: true })
  await page.getByRole('button', { name: 'Send me no more letters' }).click()
  await expect(page.getByText('This link is not valid')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Send me no more letters' })).toHaveCount(0)
})
