// Files as the input of a run: their bytes reach the server unchanged, and its guesses are reported.

import { ask, createPipeline, expect, expectAccessible, test, visit } from './fixtures.ts'

const echo = {
  name: 'echo',
  stages: [{ id: 'a', component: 'json_transform', config: { data: '{{ input }}', expression: 'data' } }],
}
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])

test.describe('a file of', () => {
  for (const [name, bytes, text, guessed] of [
    ['UTF-8', Buffer.from('Crème brûlée'), 'Crème brûlée', false],
    ['UTF-16', utf16('Crème brûlée'), 'Crème brûlée', false],
    ['Windows-1252', Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x20, 0x80, 0x35]), 'café €5', true],
    ['two megabytes', Buffer.from(`${'long line\n'.repeat(210_000)}`), 'long line\n', false],
  ] as const) {
    test(`${name} is the input of a run, undamaged`, async ({ page }) => {
      await visit(page, '/')
      const id = await createPipeline(page, echo)
      await visit(page, `/pipelines/${id}?run=true`)
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('tab', { name: 'File' }).click()
      const chooser = page.waitForEvent('filechooser')
      await dialog.getByRole('button', { name: 'Choose a file' }).click()
      await (await chooser).setFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: bytes })
      await expect(dialog.getByText('notes.txt')).toBeVisible()
      // The preview and the guesses are visible before the start.
      await expect(dialog.getByRole('region', { name: 'How the input begins' })).toContainText(text.trim())
      await expect(dialog.getByRole('listitem').filter({ hasText: 'not UTF-8' })).toHaveCount(guessed ? 1 : 0)
      if (guessed) await expectAccessible(page, { both: true })
      await dialog.getByRole('button', { name: 'Start the run' }).click()
      await expect(page).toHaveURL(/\/runs\/run_/)
      const run = /run_\w+/.exec(page.url())?.[0]
      const { run: read } = await ask<{ run: { inputValue: { text: { text: string } } } }>(
        page,
        'query ($id: ID!) { run(id: $id) { inputValue { text(length: 1000) { text } } } }',
        { id: run },
      )
      expect(read.inputValue.text.text).toContain(JSON.stringify(text).slice(1, -1))
    })
  }
})

test('a file that the server refuses is reported with the reason, and another one can be chosen', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, echo)
  let refuse = true
  await page.route('**/uploads?*', (route) =>
    refuse
      ? route.fulfill({
          status: 413,
          json: { error: { code: 'LIMIT_EXCEEDED', message: 'The file is too large.', requestId: 'req_1' } },
        })
      : route.fallback(),
  )
  await visit(page, `/pipelines/${id}?run=true`)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('tab', { name: 'File' }).click()
  const chooser = page.waitForEvent('filechooser')
  await dialog.getByRole('button', { name: 'Choose a file' }).click()
  await (await chooser).setFiles({ name: 'big.txt', mimeType: 'text/plain', buffer: Buffer.from('big') })
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(dialog.getByRole('alert')).toContainText('The file is too large.')
  await expect(dialog.getByRole('alert')).not.toContainText('LIMIT_EXCEEDED')
  refuse = false
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(page).toHaveURL(/\/runs\/run_/)
})

test('a table is shown as a table before the start, with deviating values marked', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, echo)
  await visit(page, `/pipelines/${id}?run=true`)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('tab', { name: 'File' }).click()
  const chooser = page.waitForEvent('filechooser')
  await dialog.getByRole('button', { name: 'Choose a file' }).click()
  const lines = Array.from({ length: 60 }, (_, at) => `${at + 1},item ${at + 1},${at === 2 ? 'n/a' : (at + 1) * 1.5}`)
  const text = ['id,name,amount', ...lines, ''].join('\n')
  await (await chooser).setFiles({ name: 'items.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await expect(dialog.getByText('Read as 60 rows and 3 columns')).toContainText('The first 20 rows')
  const table = dialog.getByRole('table')
  await expect(table.getByRole('columnheader', { name: 'amount text' })).toBeVisible()
  await expect(table.getByRole('columnheader', { name: 'id number' })).toBeVisible()
  await expect(table.getByRole('row')).toHaveCount(21)
  await expect(table.getByRole('row').nth(3)).toContainText('n/a')
  await expect(dialog.getByText('Row 3, amount: The other values look like numbers')).toBeVisible()
  await expectAccessible(page, { both: true })
})

test('JSON is shown indented before the start', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, echo)
  await visit(page, `/pipelines/${id}?run=true`)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('tab', { name: 'File' }).click()
  const chooser = page.waitForEvent('filechooser')
  await dialog.getByRole('button', { name: 'Choose a file' }).click()
  const buffer = Buffer.from('{"customer":{"name":"Ada","tags":["new"]},"total":12}')
  await (await chooser).setFiles({ name: 'order.json', mimeType: 'application/json', buffer })
  await expect(dialog.getByRole('region', { name: 'How the input begins' }).locator('pre')).toHaveText(
    '{\n  "customer": {\n    "name": "Ada",\n    "tags": [\n      "new"\n    ]\n  },\n  "total": 12\n}',
  )
})
