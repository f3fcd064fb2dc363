// Importing a large file: the page stays responsive, wherever the file is dropped and whatever it contains.

import type { Page } from '@playwright/test'
import { expect, test, visit } from './fixtures.ts'
import { real } from './server.ts'

/**
 * No single task may block the page for longer, in elapsed time and on a machine that is busy with other tests. On an
 * idle machine it is about a hundred milliseconds; the regression this guards against took twenty seconds.
 */
const LONGEST_MS = 2_000

const stages = (many: number, config: (at: number) => object = (at) => ({ data: { at }, expression: 'data' })) =>
  Array.from({ length: many }, (_, at) => ({
    id: `stage-${at}`,
    component: 'json_transform',
    depends_on: at < 20 ? [] : [`stage-${at - 20}`],
    config: config(at),
  }))

/** All on one line, as a program writes it. */
const fileOf = (name: string, list: object[]) => ({
  name: `${name}.pipeline.json`,
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify({ name, stages: list })),
})

const thousand = fileOf('one-line', stages(1000))

async function watchTasks(page: Page) {
  await page.evaluate(() => {
    const tasks: number[] = []
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    })
    Object.assign(window, { tasks })
  })
}

async function expectShort(page: Page) {
  // Includes rendering at low priority.
  await page.waitForTimeout(1500)
  const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks)
  const longest = Math.max(0, ...tasks)
  test.info().annotations.push({ type: 'longest task', description: `${Math.round(longest)} ms` })
  expect(longest, 'the longest task in milliseconds').toBeLessThan(LONGEST_MS)
}

async function drop(page: Page, on: string, ...files: (typeof thousand)[]) {
  const transfer = await page.evaluateHandle(
    (all) => {
      const data = new DataTransfer()
      for (const { name, text } of all) data.items.add(new File([text], name, { type: 'application/json' }))
      return data
    },
    files.map((file) => ({ name: file.name, text: file.buffer.toString() })),
  )
  await page.locator(on).first().dispatchEvent('drop', { dataTransfer: transfer })
}

async function expectImported(page: Page, file: typeof thousand) {
  await page.waitForURL(/\/pipelines\/pipe_/, { timeout: 30_000 })
  await expect(page.getByTestId('far').or(page.locator('[data-stage]').first()).first()).toBeVisible({
    timeout: 30_000,
  })
  await expectShort(page)
  // The file is shown, with the beginning of its only line.
  await expect(page.locator('.cm-line').first()).toContainText(JSON.stringify(file.name.split('.')[0]))
}

test('a file of a thousand stages is dropped, opened in the editor and dropped again as the next version while the page answers', async ({
  page,
}) => {
  test.setTimeout(120_000)
  await visit(page, '/welcome')
  await watchTasks(page)
  await drop(page, 'div.border-dashed', thousand)
  await expectImported(page, thousand)
  await page.getByRole('button', { name: 'Edit' }).click()
  await expect(page.getByTestId('source-editor').locator('.cm-line').first()).toContainText('one-line')
  await expectShort(page)
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await drop(page, '.fm-canvas', fileOf('one-line', stages(999)))
  await expect(page.getByText('Version 2 was saved.')).toBeVisible({ timeout: 30_000 })
  await expectShort(page)
})

test('files dropped on the list are stored, each with its own result', async ({ page }) => {
  const on = '[data-testid="pipelines"]'
  await choose(page, fileOf('first-of-all', stages(2)))
  await page.waitForURL(/\/pipelines\/pipe_/, { timeout: 30_000 })
  await visit(page, '/pipelines')
  await expect(page.getByRole('link', { name: 'first-of-all' }).first()).toBeVisible()
  const broken = { ...fileOf('broken', []), buffer: Buffer.from('These are notes.') }
  await drop(page, on, fileOf('one', stages(2)), broken, fileOf('two', stages(3)))
  const results = page.getByRole('region', { name: 'Imported files' })
  await expect(results.getByText('2 pipelines created from 3 files.')).toBeVisible({ timeout: 20_000 })
  await expect(results.getByText(/broken\.pipeline\.json was not saved/)).toBeVisible()
  for (const name of ['one', 'two']) await expect(page.getByRole('link', { name, exact: true }).first()).toBeVisible()
  await results.getByRole('button', { name: 'Close', exact: true }).click()
  await expect(results).toHaveCount(0)
  // One file opens its pipeline.
  await drop(page, on, fileOf('alone', stages(2)))
  await page.waitForURL(/\/pipelines\/pipe_/, { timeout: 30_000 })
})

/** Chooses a file with the button of the page. */
async function choose(page: Page, file: { name: string; mimeType: string; buffer: Buffer }) {
  await visit(page, '/welcome')
  await watchTasks(page)
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file' }).click()
  await (await chooser).setFiles(file)
}

const oneStage = (data: object) => [{ id: 'only', component: 'json_transform', config: { data, expression: 'data' } }]
for (const [what, file] of [
  ['of a few stages', fileOf('small', stages(5))],
  ['of a thousand stages', fileOf('chosen', stages(1000))],
  // Just below the limit.
  [
    'of 0.94 MB',
    fileOf(
      'large',
      stages(1000, (at) => ({ data: { at, text: 'ü'.repeat(395) }, expression: 'data' })),
    ),
  ],
  ['with a text of 600 kB', fileOf('long-text', oneStage({ text: 'a long text '.repeat(50_000) }))],
] as const)
  test(`a chosen file ${what} is imported while the page answers`, async ({ page }) => {
    test.setTimeout(90_000)
    await choose(page, file)
    await expectImported(page, file)
    // The page still works: its search opens, and the list shows the pipeline.
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('dialog').getByRole('combobox')).toBeFocused()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Pipelines' }).first().click()
    await expect(page.getByRole('link', { name: file.name.split('.')[0] ?? '' }).first()).toBeVisible()
    await expectShort(page)
  })

const bytes = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/json', buffer })
for (const [what, file, said] of [
  [
    'over the limit',
    bytes('huge.json', Buffer.alloc(1_200_000, ' ')),
    'huge.json is 1.2 MB; at most 0.95 MB can be sent',
  ],
  [
    'that is not UTF-8',
    bytes('latin.json', Buffer.from([0x22, 0xfc, 0x22])),
    'latin.json is not UTF-8. Save it as UTF-8',
  ],
  [
    'that is no JSON',
    bytes('notes.json', Buffer.from('These are notes.\n')),
    `notes.json was not saved because it has ${real ? '2 errors' : '1 error'}`,
  ],
  [
    'of 0.9 MB that is no JSON',
    bytes('log.json', Buffer.from('a line of a log\n'.repeat(56_000))),
    `log.json was not saved because it has ${real ? '2 errors' : '1 error'}`,
  ],
  [
    'of 0.9 MB in one line that is no JSON',
    bytes('blob.json', Buffer.alloc(900_000, 'x')),
    'blob.json was not saved because it has 1 error',
  ],
] as const)
  test(`a chosen file ${what} is refused with the reason, and the page answers`, async ({ page }) => {
    await choose(page, file)
    await expect(page.getByText(said)).toBeVisible({ timeout: 20_000 })
    await expectShort(page)
    await expect(page).toHaveURL(/\/welcome/)
    // Another file can be chosen at once.
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Choose a file' }).click()
    await (await chooser).setFiles(fileOf('after', stages(3)))
    await page.waitForURL(/\/pipelines\/pipe_/, { timeout: 30_000 })
  })
