// A draft and a version that was pushed meanwhile are brought together on the canvas. Needs the program: the mock does
// not merge by meaning.

import type { Page } from '@playwright/test'
import { ask, createPipeline, draftOf, expect, expectAccessible, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock does not merge by meaning')

const NARROW = { width: 360, height: 720 }
const stage = (id: string, word: string) => ({
  id,
  component: 'json_transform',
  config: { data: { word }, expression: 'data' },
})
const file = (...stages: object[]) => ({ name: 'brought together', stages })

/** A draft that changed a word, and a version that changed the same word, another one, and added a stage. */
async function apart(page: Page): Promise<string> {
  await visit(page, '/')
  const pipeline = await createPipeline(page, file(stage('one', 'alpha'), stage('two', 'beta')))
  const { openDraft } = await ask<{ openDraft: { draft: { revision: number } } }>(
    page,
    'mutation ($id: ID!) { openDraft(input: { pipelineId: $id }) { draft { revision } } }',
    { id: pipeline },
  )
  await ask(page, 'mutation ($input: EditDraftInput!) { editDraft(input: $input) { draft { revision } } }', {
    input: {
      pipelineId: pipeline,
      revision: openDraft.draft.revision,
      changeId: 'drafted',
      edits: [{ op: 'setField', stage: 'one', path: ['config', 'data', 'word'], value: 'drafted' }],
    },
  })
  const pushed = file(stage('one', 'pushed'), stage('two', 'other'), stage('three', 'gamma'))
  await ask(page, 'mutation ($input: PushPipelineVersionInput!) { pushPipelineVersion(input: $input) { created } }', {
    input: { pipelineId: pipeline, source: JSON.stringify(pushed, null, 2) },
  })
  return pipeline
}

const together = (page: Page) => page.getByRole('dialog', { name: 'Bring the draft and version 2 together' })

test('saving over a version that changed the same leads to a choice on the canvas, and the choice is saved', async ({
  page,
}) => {
  test.setTimeout(90_000)
  const pipeline = await apart(page)
  await visit(page, `/pipelines/${pipeline}?edit=true`)
  await page.getByRole('button', { name: /^Save as version 3/ }).click()
  const saving = page.getByRole('dialog', { name: 'Save as version 3' })
  await saving.getByRole('button', { name: 'Save', exact: true }).click()
  await saving.getByRole('button', { name: 'Choose on the canvas' }).click()
  const dialog = together(page)
  await expect(dialog.locator('[data-stage="one"]')).toHaveAttribute('data-mark', 'conflict')
  await expect(dialog.locator('[data-stage="two"]')).toHaveAttribute('data-mark', 'theirs')
  await expect(dialog.locator('[data-stage="three"]')).toHaveAttribute('data-mark', 'theirs')
  const use = dialog.getByRole('button', { name: 'Use what I chose' })
  await expect(use).toBeDisabled()
  await expectAccessible(page, { both: true })
  const place = dialog.getByRole('group', { name: 'config.data.word of one' })
  await place.getByRole('radio', { name: 'Another value' }).check()
  await place.getByRole('textbox').fill('of both')
  await expect(dialog.locator('[data-stage="one"]')).toHaveAttribute('data-mark', 'both')
  await expect(dialog.getByText(/it has no new errors/)).toBeVisible()
  await use.click()
  await expect(saving.getByText('The draft and version 2 are brought together.')).toBeVisible()
  await saving.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Version 3 was saved.')).toBeVisible()
  const { version } = (
    await ask<{ pipeline: { version: { source: string } } }>(
      page,
      'query ($id: ID!) { pipeline(id: $id) { version(number: 3) { source } } }',
      { id: pipeline },
    )
  ).pipeline
  expect(JSON.parse(version.source)).toEqual(
    file(stage('one', 'of both'), stage('two', 'other'), stage('three', 'gamma')),
  )
})

test('on a phone, the comparison of the draft with a newer version leads to the same choice', async ({ page }) => {
  const pipeline = await apart(page)
  await page.setViewportSize(NARROW)
  await visit(page, `/pipelines/${pipeline}/compare?from=2&to=draft`)
  await page.getByRole('button', { name: 'Bring together' }).click()
  const dialog = together(page)
  const place = dialog.getByRole('group', { name: 'config.data.word of one' })
  await place.getByRole('radio', { name: 'Version 2' }).check()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width)
  await dialog.getByRole('button', { name: 'Show the canvas' }).click()
  await expect(dialog.locator('[data-stage="three"]')).toHaveAttribute('data-mark', 'theirs')
  await dialog.getByRole('button', { name: 'Use what I chose' }).click()
  await expect(page).toHaveURL(/edit=true/)
  const source = await draftOf(page, pipeline)
  expect(source).toContain('"pushed"')
  expect(source).toContain('"gamma"')
})
