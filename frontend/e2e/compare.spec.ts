// Two versions are compared, and an older one becomes the draft. Needs the program: the mock compares only roughly.

import type { Page } from '@playwright/test'
import { ask, createPipeline, expect, expectAccessible, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock compares only roughly')

const NARROW = { width: 360, height: 720 }
const stage = (id: string, word: string, dependsOn: string[] = []) => ({
  id,
  component: 'json_transform',
  depends_on: dependsOn,
  config: { data: { word }, expression: 'data' },
})
const first = { name: 'compared', stages: [stage('draft', 'alpha'), stage('send', 'beta', ['draft'])] }
/** `draft` is renamed, `send` changed, and `check` new. */
const second = {
  name: 'compared',
  stages: [stage('write', 'alpha'), stage('send', 'gamma', ['write']), stage('check', 'delta', ['send'])],
}

async function push(page: Page, pipelineId: string, source: object) {
  await ask(page, 'mutation ($input: PushPipelineVersionInput!) { pushPipelineVersion(input: $input) { created } }', {
    input: { pipelineId, source: JSON.stringify(source, null, 2) },
  })
}

async function twoVersions(page: Page): Promise<string> {
  await visit(page, '/')
  const pipeline = await createPipeline(page, first)
  await push(page, pipeline, second)
  return pipeline
}

test('two versions are one picture and one list, and a renamed stage is one change', async ({ page }) => {
  const pipeline = await twoVersions(page)
  await visit(page, `/pipelines/${pipeline}?tab=versions`)
  await page.getByRole('link', { name: 'Compare version 2 with the one before' }).click()
  await expect(page).toHaveURL(/\/compare\?from=1&to=2/)
  await expect(page.getByTestId('compare-counts')).toHaveText('1 added · 1 changed · 1 renamed')
  const changes = page.locator('[data-change]')
  await expect(changes).toHaveCount(3)
  await expect(page.locator('[data-change="stage:write"]')).toContainText('renamed from draft')
  await expect(page.getByRole('list', { name: 'config.data.word' }).first()).toContainText('"gamma"')
  const card = (id: string) => page.locator(`[data-stage="${id}"]`)
  await expect(card('check')).toHaveAttribute('data-mark', 'added')
  await expect(card('write')).toHaveAttribute('data-mark', 'moved')
  await expect(card('send')).toHaveAttribute('data-mark', 'changed')
  await expect(card('draft')).toHaveCount(0)
  await expectAccessible(page, { both: true })

  // The list and the canvas select the same.
  await card('send').click()
  await expect(page.locator('[data-change="stage:send"]')).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('j')
  await expect(card('write')).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('k')
  await expect(card('send')).toHaveAttribute('aria-pressed', 'true')

  // In the other direction, what was new is gone.
  await page.getByRole('button', { name: 'Swap the versions' }).click()
  await expect(page.getByTestId('compare-counts')).toHaveText('1 removed · 1 changed · 1 renamed')
  await expect(card('check')).toHaveAttribute('data-mark', 'removed')

  await page.getByLabel('Newer version').selectOption('2')
  await expect(page.getByText('Nothing changed')).toBeVisible()

  await page.setViewportSize(NARROW)
  await visit(page, `/pipelines/${pipeline}/compare?from=1&to=2`)
  await expect(changes).toHaveCount(3)
  await expect(card('send')).toHaveCount(0)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Show the canvas' }).click()
  await expect(card('send')).toBeVisible()
})

test('a difference that no run could notice says so', async ({ page }) => {
  const pipeline = await twoVersions(page)
  await push(page, pipeline, { stages: second.stages, name: 'compared' })
  await visit(page, `/pipelines/${pipeline}/compare`)
  await expect(page.getByText('Nothing changed')).toBeVisible()
  const placed = second.stages.map((each, at) => ({ ...each, position: { x: 10 + at, y: 20 } }))
  await push(page, pipeline, { name: 'compared', stages: placed })
  await visit(page, `/pipelines/${pipeline}/compare?from=3&to=4`)
  await expect(page.getByText(/Only the layout changed/)).toBeVisible()
})

test('an older version becomes the draft, and the draft is compared with what it came from', async ({ page }) => {
  const pipeline = await twoVersions(page)
  await visit(page, `/pipelines/${pipeline}?tab=versions`)
  await page.getByRole('button', { name: 'Actions for version 1' }).click()
  await page.getByRole('menuitem', { name: 'Make this the draft' }).click()
  const dialog = page.getByRole('dialog', { name: 'Make version 1 the draft?' })
  await expect(dialog).toContainText('The draft has no unsaved changes.')
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Make it the draft' }).click()
  const editor = page.getByTestId('source-editor')
  await expect(editor).toContainText('"draft"')
  await expect(editor).not.toContainText('"delta"')

  await page.getByRole('button', { name: /^Save as version 3/ }).click()
  const save = page.getByRole('dialog', { name: 'Save as version 3' })
  const changes = save.locator('details', { hasText: 'What changes' })
  if ((await changes.getAttribute('open')) === null) await changes.locator('summary').click()
  await expect(changes).toContainText('1 removed')
  await expect(changes).toContainText('check removed')
  await changes.getByRole('link', { name: 'Compare on the canvas' }).click()
  await expect(page).toHaveURL(/\/compare\?to=draft/)
  await expect(page.getByTestId('compare-counts')).toHaveText('1 removed · 1 changed · 1 renamed')

  // Now there is something to lose, and the question says so.
  await page.getByRole('button', { name: /^Make version 2 the draft/ }).click()
  await expect(page.getByRole('dialog')).toContainText('Your unsaved changes are replaced')
})
