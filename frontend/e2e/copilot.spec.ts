// The co-pilot beside the draft. Needs the program, with a provider whose answers are scripted.

import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { createPipeline, draftOf, expect, expectAccessible, stageOf, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock has no model')
test.use({
  ownServer: 'copilot',
  env: { FLOWMASON_CONFIG: join(import.meta.dirname, 'copilot', 'flowmason.json') },
})

const stage = (id: string, word: string) => ({
  id,
  component: 'json_transform',
  config: { data: { word }, expression: 'data' },
})

const panelOf = (page: Page) => page.getByTestId('copilot')
const editor = (page: Page) => page.getByTestId('source-editor')

/** The ids and the words of the stages that the server has. */
async function stagesOf(page: Page, id: string): Promise<string[]> {
  const { stages } = JSON.parse(await draftOf(page, id)) as {
    stages: { id: string; config: { data: { word: string } } }[]
  }
  return stages.map((each) => `${each.id}: ${each.config.data.word}`)
}

/** Opens the editor, and the co-pilot by its key. */
async function opened(page: Page, name: string): Promise<string> {
  await visit(page, '/')
  const pipeline = await createPipeline(page, { name, stages: [stage('one', 'alpha')] })
  await visit(page, `/pipelines/${pipeline}?edit=true`)
  await expect(editor(page).locator('.cm-content')).toBeVisible()
  await page.keyboard.press('Control+j')
  await expect(panelOf(page).getByLabel('Request', { exact: true })).toBeFocused()
  return pipeline
}

test('a proposal is generated, one piece of it refused, one accepted, and undone', async ({ page }) => {
  test.setTimeout(120_000)
  const pipeline = await opened(page, 'generated')
  const panel = panelOf(page)
  await panel.getByLabel('Task', { exact: true }).selectOption({ label: 'Generate' })
  const request = panel.getByLabel('Request', { exact: true })
  await request.fill('Pass the word on, as a zebra would')
  await request.press('Control+Enter')

  const first = panel.getByRole('listitem', { name: 'Piece 1: Pass the word on' })
  const second = panel.getByRole('listitem', { name: 'Piece 2: Another word' })
  await expect(second).toBeVisible({ timeout: 60_000 })
  // What the model wrote is text.
  await expect(panel.getByText('<img src=x onerror=alert(1)> [here](https://example.com)')).toBeVisible()
  await expect(panel.locator('img, a')).toHaveCount(0)
  // What it says is judged before anybody decides.
  await expect(first.getByText(/^Not true:/)).toBeVisible()
  expect(await stagesOf(page, pipeline)).toEqual(['one: alpha'])
  await expectAccessible(page, { both: true })

  // The stage that a piece would change is marked on the canvas.
  const refuse = second.getByRole('button', { name: /^Refuse/ })
  await refuse.focus()
  await expect(page.getByTestId('stage-pointed')).toContainText('would be changed')
  await refuse.press('Enter')
  await expect(second.getByRole('button', { name: /^Decide again/ })).toBeVisible()

  await first.getByRole('button', { name: /^Accept/ }).press('Enter')
  await expect(first.getByText('Accepted', { exact: true })).toBeVisible({ timeout: 30_000 })
  await expect(stageOf(page, 'two')).toBeVisible()
  await expect(editor(page)).toContainText('"two"')
  // Read back from the draft: one claim is true, and one is not.
  const claims = first.getByRole('list', { name: /read back from the draft/ })
  await expect(claims.getByRole('listitem').filter({ hasText: /^True:/ })).toHaveCount(1)
  await expect(claims.getByRole('listitem').filter({ hasText: /^Not true:/ })).toHaveCount(1)
  await expect(claims.locator('s')).toHaveCount(1)
  expect((await stagesOf(page, pipeline)).length).toBe(2)

  await first.getByRole('button', { name: 'Undo', exact: true }).click()
  await expect(first.getByText('Accepted and undone')).toBeVisible({ timeout: 30_000 })
  await expect(stageOf(page, 'two')).toHaveCount(0)
  await expect.poll(() => stagesOf(page, pipeline)).toEqual(['one: alpha'])
})

test('a request is cancelled while the model is silent, and the panel is one part of a narrow page', async ({
  page,
}) => {
  test.setTimeout(90_000)
  await page.setViewportSize({ width: 390, height: 780 })
  const pipeline = await opened(page, 'cancelled')
  const panel = panelOf(page)
  await expect(editor(page)).toBeHidden()
  await panel.getByLabel('Request', { exact: true }).fill('Be a tortoise')
  await panel.getByRole('button', { name: /^Ask/ }).click()
  await panel.getByRole('button', { name: 'Cancel', exact: true }).click({ timeout: 30_000 })
  await expect(panel.getByText(/^Cancelled\. Nothing was proposed\.$/)).toBeVisible({ timeout: 30_000 })
  await expectAccessible(page, { both: true })
  await panel.getByRole('button', { name: 'Close the co-pilot' }).click()
  await expect(editor(page)).toBeVisible()
  expect(await stagesOf(page, pipeline)).toEqual(['one: alpha'])
})
