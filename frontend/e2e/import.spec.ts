// Importing a large file: the page stays responsive, wherever the file is dropped and whatever it contains.

import type { Page } from '@playwright/test'
import { expect, test, visit } from './fixtures.ts'

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
  expect(Math.max(0, ...tasks), 'the longest task in milliseconds').toBeLessThan(LONGEST_MS)
}

async function drop(page: Page, on: string, file: typeof thousand) {
  const transfer = await page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer()
      data.items.add(new File([text ?? ''], name ?? '', { type: 'application/json' }))
      return data
    },
    [file.name, file.buffer.toString()],
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
