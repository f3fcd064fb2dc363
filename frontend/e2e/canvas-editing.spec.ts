// The canvas as an editor of the draft. Needs the program: the mock does not apply edits.

import type { Browser, Locator, Page } from '@playwright/test'
import {
  ask,
  createPipeline,
  draftOf,
  expect,
  expectAccessible,
  expectKept,
  guard,
  ready,
  stageOf,
  test,
  visit,
} from './fixtures.ts'
import { type Server, real } from './server.ts'

test.skip(!real, 'the mock does not apply edits')
// Its people are in no list of other stories.
test.use({ ownServer: 'canvas-editing' })

const stage = (id: string, word: string, more: object = {}) => ({
  id,
  component: 'json_transform',
  config: { data: { word }, expression: 'data' },
  ...more,
})
const reads = { depends_on: ['one'] }
const pair = { name: 'drawn', stages: [stage('one', 'alpha'), stage('two', '{{upstream.one.result}}', reads)] }
const apart = { name: 'apart', stages: [stage('one', 'alpha'), stage('two', 'beta')] }

const canvas = (page: Page) => page.getByTestId('draft-canvas')
const editor = (page: Page) => page.getByTestId('source-editor')
const status = (page: Page) => page.getByTestId('draft-status')

async function edit(page: Page, pipeline: string) {
  await visit(page, `/pipelines/${pipeline}?edit=true`)
  await expect(editor(page).locator('.cm-content')).toBeVisible()
}

interface Draft {
  name: string
  stages: { id: string; type?: string; depends_on?: string[]; config?: Record<string, unknown> }[]
}

/** What the server has. */
const fileOf = async (page: Page, id: string): Promise<Draft> => JSON.parse(await draftOf(page, id)) as Draft

const stagesOf = async (page: Page, id: string) =>
  (await fileOf(page, id)).stages.map((each) => `${each.id} < ${(each.depends_on ?? []).join(' ')}`)

/** Another member of the organization, in a browser of her own. */
async function joined(page: Page, browser: Browser, server: Server, name: string) {
  const { createInvitation } = await ask<{ createInvitation: { path: string } }>(
    page,
    'mutation { createInvitation(input: { role: DEVELOPER }) { path } }',
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

/** Pastes as the clipboard does. Inserted by the browser itself, a text would get inline styles. */
const paste = (into: Locator, text: string) =>
  into.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)

/** Types into the list that is open, and takes the first that is found. */
async function pick(page: Page, list: string | RegExp, text: string) {
  const dialog = page.getByRole('dialog', { name: list })
  await expect(dialog).toBeVisible()
  await page.keyboard.type(text)
  await expect(dialog.getByRole('option').first()).toContainText(text)
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
}

test('a pipeline is built from nothing to a saved version by keyboard only', async ({ page }) => {
  test.setTimeout(120_000)
  await visit(page, '/')
  const made = await ask<{ createPipeline: { pipeline: { id: string } } }>(
    page,
    'mutation { createPipeline(input: { name: "from-nothing" }) { pipeline { id } } }',
  )
  const pipeline = made.createPipeline.pipeline.id
  await edit(page, pipeline)
  await expect(canvas(page).getByText('No stages')).toBeVisible()
  await expect(editor(page).locator('.cm-content')).toBeFocused()

  // From the text to the canvas, and the first stage.
  await page.keyboard.press('F6')
  await expect(canvas(page).getByRole('button', { name: 'Add a stage' }).first()).toBeFocused()
  await page.keyboard.press('/')
  await expect(page.getByRole('dialog', { name: 'Add a stage' }).getByRole('option').first()).toBeVisible()
  await expectAccessible(page, { both: true })
  await pick(page, 'Add a stage', 'variable_set')
  await expect(stageOf(page, 'variable-set')).toBeFocused()
  await expect(stageOf(page, 'variable-set')).toHaveAttribute('aria-pressed', 'true')

  // The next one is connected with it.
  await page.keyboard.press('/')
  await pick(page, 'Add a stage after variable-set', 'json_transform')
  await expect(stageOf(page, 'json-transform')).toBeFocused()
  await expect.poll(() => stagesOf(page, pipeline)).toEqual(['variable-set < ', 'json-transform < variable-set'])

  // A new name, which the references follow.
  await stageOf(page, 'json-transform').press('ArrowLeft')
  await expect(stageOf(page, 'variable-set')).toBeFocused()
  await page.keyboard.press('F2')
  await page.keyboard.type('start')
  await page.keyboard.press('Enter')
  await expect(stageOf(page, 'start')).toBeFocused()
  await expect.poll(() => stagesOf(page, pipeline)).toEqual(['start < ', 'json-transform < start'])

  // What would never begin is refused at once.
  await page.keyboard.press('ArrowRight')
  await expect(stageOf(page, 'json-transform')).toBeFocused()
  await page.keyboard.press('c')
  await page.keyboard.type('start')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert').filter({ hasText: 'both would wait for ever' })).toBeVisible()
  await page.keyboard.press('Escape')

  // Removed, and brought back.
  await stageOf(page, 'json-transform').press('Delete')
  await expect(stageOf(page, 'json-transform')).toHaveCount(0)
  await page.keyboard.press('Control+z')
  await expect(stageOf(page, 'json-transform')).toBeVisible()
  await expect.poll(() => stagesOf(page, pipeline)).toEqual(['start < ', 'json-transform < start'])
  await expectAccessible(page, { both: true })

  // The required settings are set in the text, and the version is saved.
  await stageOf(page, 'start').focus()
  await page.keyboard.press('F6')
  await expect(editor(page).locator('.cm-content')).toBeFocused()
  const built = {
    name: 'from-nothing',
    stages: [
      { id: 'start', type: 'variable_set', config: { name: 'word', value: 'hello' } },
      { id: 'json-transform', type: 'json_transform', depends_on: ['start'], config: { data: {}, expression: 'data' } },
    ],
  }
  await page.keyboard.press('Control+a')
  await paste(editor(page).locator('.cm-content'), JSON.stringify(built, null, 2))
  await expect(status(page)).toContainText(/^Saved/)
  await page.keyboard.press('Control+s')
  const dialog = page.getByRole('dialog', { name: /^Save as version/ })
  await expect(dialog).toBeVisible()
  await dialog.getByLabel('Note').focus()
  await page.keyboard.type('Built')
  await dialog.getByRole('button', { name: /^Save/ }).last().press('Enter')
  await expect(page.getByText(/^Version \d+ was saved\.$/)).toBeVisible()
})

test('one on the canvas and one in the text change a pipeline at once, and each sees the other', async ({
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

  // Grace types at a stage, and her initials stand on it.
  await editor(grace.page).getByText('"alpha"', { exact: true }).dblclick()
  await grace.page.keyboard.type('first')
  await expect(canvas(page).getByTestId('stage-people')).toHaveText(/^G/)

  await stageOf(page, 'two').click()
  await page.keyboard.press('/')
  await pick(page, 'Add a stage after two', 'filter')
  for (const each of [page, grace.page]) {
    await expect(stageOf(each, 'filter')).toBeVisible()
    await expect(editor(each)).toContainText('"first"')
    await expect(editor(each)).toContainText('"filter"')
    await expect(status(each)).toContainText(/^Saved/)
  }
  const { stages } = await fileOf(page, pipeline)
  expect(stages[0]?.config).toMatchObject({ data: { word: 'first' } })
  expect(stages[2]).toMatchObject({ id: 'filter', depends_on: ['two'] })
  await grace.end()
})

test('a stage that is renamed on the canvas is renamed wherever the text names it', async ({ page }) => {
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair)
  await edit(page, pipeline)
  await stageOf(page, 'one').dblclick()
  const field = page.getByLabel('New id of one')
  await field.fill('two')
  await field.press('Enter')
  // The server refuses an id that is taken, and the field says so.
  await expect(page.getByRole('alert').filter({ hasText: /two/ })).toBeVisible()
  await field.fill('source')
  await field.press('Enter')
  await expect(stageOf(page, 'source')).toBeVisible()
  await expect(editor(page)).toContainText('{{upstream.source.result}}')
  // The cursor is at the stage that is selected on the canvas, and the other way round.
  await editor(page).getByText('"two"', { exact: true }).click()
  await expect(stageOf(page, 'two')).toHaveAttribute('aria-pressed', 'true')
  // The parts scroll, and the page does not.
  expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBe(0)
  await page.getByRole('button', { name: 'Undo my last change' }).click()
  await expect(editor(page)).toContainText('{{upstream.one.result}}')
  await expect(stageOf(page, 'one')).toBeVisible()
})

test('a change of the canvas is kept while the connection is cut, and made when it is back', async ({
  page,
  context,
}) => {
  test.setTimeout(90_000)
  await visit(page, '/')
  const pipeline = await createPipeline(page, apart)
  await edit(page, pipeline)
  await expect(stageOf(page, 'two')).toBeVisible()
  await context.setOffline(true)
  await stageOf(page, 'one').click()
  await page.keyboard.press('c')
  await pick(page, /^Which stage waits for one/, 'two')
  await expect(status(page)).toContainText('Not saved: the server is unreachable')
  await expect(canvas(page).getByText('1 change will be made once the server responds')).toBeVisible()
  await context.setOffline(false)
  await expect(status(page)).toContainText(/^Saved/, { timeout: 30_000 })
  await expect.poll(() => stagesOf(page, pipeline)).toEqual(['one < ', 'two < one'])
})

test('stages are copied as JSON, with what refers to them, and pasted as one change', async ({ page }) => {
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair)
  await edit(page, pipeline)
  await stageOf(page, 'one').click()
  await stageOf(page, 'two').click({ modifiers: ['Shift'] })
  await expect(canvas(page).getByText('2 selected')).toBeVisible()
  await page.keyboard.press('Control+d')
  await expect(stageOf(page, 'two-2')).toBeVisible()
  await expect(editor(page)).toContainText('{{upstream.one-2.result}}')
  await page.keyboard.press('Control+z')
  await expect(stageOf(page, 'two-2')).toHaveCount(0)
  await expect(stageOf(page, 'one-2')).toHaveCount(0)
})

test('on a phone one part is shown at a time, and the choice is kept', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 780 })
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair)
  await edit(page, pipeline)
  await expect(canvas(page)).toBeHidden()
  await page.getByRole('button', { name: 'Canvas', exact: true }).click()
  await expect(stageOf(page, 'one')).toBeVisible()
  await expect(editor(page)).toBeHidden()
  await expectAccessible(page, { both: true })
  await page.reload()
  await ready(page)
  await expect(stageOf(page, 'one')).toBeVisible()
})
