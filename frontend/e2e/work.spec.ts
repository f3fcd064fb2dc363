// Everyday tasks: import, push, run from a form or a file, watch, cancel, run again, find.

import { writeFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import {
  cancelByKey,
  createPipeline,
  expect,
  expectAccessible,
  startLongRun,
  startRunOf,
  startRun,
  test,
  visit,
} from './fixtures.ts'
import { real } from './server.ts'

const source = (greeting: string) =>
  JSON.stringify(
    {
      name: 'hello-file',
      description: 'Greets.',
      input_schema: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', description: 'Who is greeted' },
          times: { type: 'integer', default: 2 },
          loud: { type: 'boolean', default: false },
          language: { type: 'string', enum: ['en', 'pt'], default: 'en' },
        },
      },
      stages: [
        {
          id: 'greet',
          component: 'json_transform',
          config: { data: { text: `${greeting} {{input.name}}` }, expression: 'data' },
        },
      ],
    },
    null,
    2,
  )

test('a file is imported, pushed again as the next version, and run with the form', async ({ page }, info) => {
  const file = info.outputPath('hello-file.pipeline.json')
  writeFileSync(file, source('Hello'))
  await visit(page, '/welcome')
  let chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file' }).click()
  await (await chooser).setFiles(file)
  await expect(page).toHaveURL(/\/pipelines\/pipe/)
  await expect(page.locator('[data-stage=greet]')).toBeVisible()

  writeFileSync(file, source('Good morning'))
  chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Push a version' }).click()
  await (await chooser).setFiles(file)
  await expect(page.getByText('Version 2 was saved.')).toBeVisible()
  await expect(page.getByRole('button', { name: /Version 2: choose another/ })).toBeVisible()

  await page.keyboard.press('r')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(dialog.getByText('This field is required.')).toBeVisible()
  await dialog.getByLabel(/^name/).fill('Marta')
  await dialog.getByLabel(/^times/).fill('2.5')
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(dialog.getByText('2.5 is not a whole number.')).toBeVisible()
  await dialog.getByLabel(/^times/).fill('3')
  await dialog.getByLabel('language').selectOption('pt')
  await dialog.getByRole('tab', { name: 'JSON' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Input' })).toHaveValue(/"times": 3/)
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(page).toHaveURL(/\/runs\/run_/)
  await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible()
  await page.getByRole('tab', { name: 'Result' }).click()
  await expect(page.getByRole('tabpanel', { name: 'Result' })).toContainText('"Marta"')
})

test('a file with errors is not saved; all errors are listed, each with its position', async ({ page }, info) => {
  const file = info.outputPath('broken.pipeline.json')
  const stages = [
    { id: 'a', component: 'genrator', config: { prompt: 'x' } },
    { id: 'b', component: 'json_transform', config: { data: '{{upstream.nobody.x}}', expression: 'data' } },
  ]
  writeFileSync(file, JSON.stringify({ name: 'broken', stages }, null, 2))
  await visit(page, '/welcome')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file' }).click()
  await (await chooser).setFiles(file)
  const problems = page.getByRole('region', { name: /Problems of/ })
  await expect(problems).toContainText('genrator')
  await expect(problems).toContainText('generator')
  await expect(problems).toContainText('nobody')
  // Each leads to its position in the file.
  await problems.getByRole('button', { name: /genrator/ }).click()
  await expect(problems.locator('.cm-problem-place').first()).toHaveText('"genrator"')
  await expectAccessible(page)
  await expect(page).toHaveURL(/\/welcome/)
})

test('a version with errors is refused with a list of them, and the saved version stays', async ({
  page,
  workspace,
}, info) => {
  const file = info.outputPath('worse.pipeline.json')
  const stages = [{ id: 'a', component: 'logger', depends_on: ['b'], config: { message: '{{upstream.c.x}}' } }]
  writeFileSync(file, JSON.stringify({ name: 'worse', stages }, null, 2))
  await visit(page, `/pipelines/${workspace.pipeline}`)
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Push a version' }).click()
  await (await chooser).setFiles(file)
  const dialog = page.getByRole('dialog', { name: 'The version was not saved' })
  await expect(dialog.getByRole('listitem')).toHaveCount(2)
  await expect(dialog).toContainText(/UNKNOWN_STAGE · .*\d+:\d+/)
  await expect(dialog.locator('.cm-problem-line').first()).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: /Version 1: choose another/ })).toBeVisible()
})

test('a dropped file is the input of a run', async ({ page, workspace }, info) => {
  const file = info.outputPath('input.json')
  writeFileSync(file, JSON.stringify(workspace.sampleInput))
  await visit(page, `/pipelines/${workspace.pipeline}?run=true`)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('tab', { name: 'File' }).click()
  const chooser = page.waitForEvent('filechooser')
  await dialog.getByRole('button', { name: 'Choose a file' }).click()
  await (await chooser).setFiles(file)
  await expect(dialog.getByText('input.json')).toBeVisible()
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(page).toHaveURL(/\/runs\/run_/)
  await expect(page.locator('[data-stage][data-status=succeeded]').first()).toBeVisible()
})

test('a run is cancelled by the key C and run again by the key R', async ({ page }) => {
  await visit(page, '/runs')
  const run = await startLongRun(page)
  await visit(page, `/runs/${run}`)
  await expect(page.locator('[data-stage][data-status=waiting]').first()).toBeVisible()
  await cancelByKey(page)
  await expect(page.getByTestId('run-status').getByText('Cancelled')).toBeVisible()
  await expect(page.locator('[data-stage][data-status=waiting]')).toHaveCount(0)
  await expectAccessible(page)
  await page.keyboard.press('r')
  await expect(page).not.toHaveURL(new RegExp(run))
  await expect(page.locator('[data-stage][data-status=waiting]').first()).toBeVisible()
  await cancelByKey(page)
  await expect(page.getByTestId('run-status').getByText('Cancelled')).toBeVisible()
})

test('a failed run is retried from the failed stage, and one stage is run alone', async ({ page }) => {
  test.skip(!real, 'the mock retries whole runs only')
  await visit(page, '/')
  const stages = [
    { id: 'first', component: 'json_transform', config: { data: { a: 1 }, expression: 'data' } },
    { id: 'fetch', component: 'http_request', depends_on: ['first'], config: { url: 'http://127.0.0.1:1/x' } },
  ]
  const run = await startRunOf(page, await createPipeline(page, { name: 'half done', stages }))
  await visit(page, `/runs/${run}`)
  await page.getByRole('button', { name: 'Retry failed stage' }).click()
  await expect(page.getByTestId('reused')).toHaveText('· 1 result reused')
  await expect(page.getByTestId('run-status')).toHaveText('failed', { ignoreCase: true })
  await visit(page, `${new URL(page.url()).pathname}?stage=first`)
  await expect(page.getByTestId('stage-reused')).toBeVisible()
  await page.getByRole('button', { name: 'Run this stage again' }).click()
  await expect(page.getByText(/· stage first of /)).toBeVisible()
  await expect(page.getByTestId('run-status')).toHaveText('succeeded', { ignoreCase: true })
})

test('looking back shows the run at an earlier event and leads back to its end', async ({ page, workspace }) => {
  await visit(page, '/runs')
  const run = await startRun(page, workspace)
  await visit(page, `/runs/${run}`)
  await expect(page.locator('[data-stage][data-status=succeeded]').first()).toBeVisible()
  const position = page.getByRole('slider', { name: 'Position in the journal' })
  await position.focus()
  await page.keyboard.press('Home')
  await expect(page).toHaveURL(/at=1/)
  await expect(page.locator('[data-stage][data-status=succeeded]')).toHaveCount(0)
  await page.getByRole('button', { name: /Go live|Go to the end/ }).click()
  await expect(page.locator('[data-stage][data-status=succeeded]').first()).toBeVisible()
})

test('new runs wait behind a button instead of moving the list', async ({ page, workspace }) => {
  await visit(page, '/runs')
  await startRun(page, workspace)
  await page
    .getByRole('button', { name: /new run/ })
    .or(page.getByRole('link', { name: /support.inbox/i }).first())
    .first()
    .waitFor()
  await visit(page, '/runs')
  const rows = page.locator('[data-row]')
  await expect(rows.first()).toBeVisible()
  const first = await rows.first().getAttribute('href')
  const run = await startRun(page, workspace)
  await expect(page.getByRole('button', { name: '1 new run' })).toBeVisible()
  expect(await rows.first().getAttribute('href')).toBe(first)
  await page.getByRole('button', { name: '1 new run' }).click()
  await expect(rows.first()).toHaveAttribute('href', `/runs/${run}`)
})

/** Presses `g` and a letter; once more if a busy page needs longer than the sequence may take. */
const goByKeys = (page: Page, letter: string, url: RegExp) =>
  expect(async () => {
    await page.keyboard.press('g')
    await page.keyboard.press(letter)
    await expect(page).toHaveURL(url, { timeout: 2000 })
  }).toPass({ timeout: 10_000 })

test('everything can be reached by keyboard', async ({ page }) => {
  await visit(page, '/')
  await goByKeys(page, 'p', /\/pipelines$/)
  // The URL changes before the page does: until then `j` moves through the rows of the previous page.
  await expect(page.getByRole('heading', { name: 'Pipelines', exact: true })).toBeVisible()
  await expect(page.locator('[data-row]').first()).toBeVisible()
  await page.keyboard.press('j')
  await expect(page.locator('[data-row]').first()).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/pipelines\/pipe/)
  // Works for any first pipeline; a large one is shown in the far view.
  await expect(page.locator('[data-stage], [data-testid=far]').first()).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox')).toBeFocused()
  await page.keyboard.type('settings')
  await expect(page.getByRole('option', { name: /^Settings/, selected: true })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/settings$/)
  await goByKeys(page, 'r', /\/runs$/)
})

test('a key is shown once and can be revoked', async ({ page }) => {
  await visit(page, '/settings')
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByLabel('Name').last().fill('ci')
  await page.getByRole('button', { name: 'Create the key' }).click()
  const secret = await page.getByTestId('secret').innerText()
  expect(secret.length).toBeGreaterThan(16)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'I have saved it' }).click()
  await expect(page.getByText(secret)).toHaveCount(0)
  await page.getByRole('button', { name: 'Revoke ci' }).click()
  await page.getByRole('button', { name: 'Revoke', exact: true }).click()
  await expect(page.getByText('revoked').first()).toBeVisible()
})

test('with the server unreachable a page stays as it is and says that nothing was changed', async ({ page }) => {
  await visit(page, '/runs')
  const run = await startLongRun(page)
  await visit(page, `/runs/${run}`)
  await expect(page.locator('[data-stage][data-status=waiting]').first()).toBeVisible()
  // The library for toasts is loaded before it is needed.
  await expect(page.getByRole('region', { name: /^Notifications/ })).toBeAttached()
  await page.route('**/graphql', (route) => route.abort())
  await cancelByKey(page)
  await expect(page.getByText('The server cannot be reached, so nothing was changed.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeEnabled()
  await page.unroute('**/graphql')
  await cancelByKey(page)
  await expect(page.getByTestId('run-status').getByText('Cancelled')).toBeVisible()
})
