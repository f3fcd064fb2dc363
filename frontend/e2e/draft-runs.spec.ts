// A draft is run in the editor, and what a run did is shown on its canvas. Needs the program: the mock runs no part of a
// draft.

import type { Page } from '@playwright/test'
import {
  ask,
  createPipeline,
  expect,
  expectAccessible,
  stageOf,
  startRunOf,
  test,
  visit,
  waitForStatus,
} from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock runs no part of a draft')

const stage = (id: string, data: object, more: object = {}) => ({
  id,
  component: 'json_transform',
  config: { data, expression: '@' },
  ...more,
})
const pair = (name: string) => ({
  name,
  input_schema: { type: 'object', properties: { word: { type: 'string' } } },
  sample_input: { word: 'sample' },
  stages: [
    stage('one', { said: '{{input.word}}' }),
    stage('two', { heard: '{{upstream.one.result.said}}', mark: 'beta' }, { depends_on: ['one'] }),
  ],
})

const editor = (page: Page) => page.getByTestId('source-editor')
const line = (page: Page) => page.getByTestId('draft-results')
const resultsOf = (page: Page, id: string) => page.getByRole('region', { name: `Results of ${id}` })
const patient = { timeout: 30_000 }

async function edit(page: Page, pipeline: string) {
  await visit(page, `/pipelines/${pipeline}?edit=true`)
  await expect(editor(page).locator('.cm-content')).toBeVisible()
  await expect(stageOf(page, 'two')).toBeVisible()
}

/** Selects a stage in the text: its card may be out of view. */
async function choose(page: Page, id: string) {
  await editor(page).getByText(`"${id}"`, { exact: true }).first().click()
  await expect(page.getByRole('form', { name: `Stage ${id}` })).toBeVisible()
}

/** Replaces a word in the text as a person would: a double click selects it. */
async function retype(page: Page, word: string, next: string) {
  await editor(page).getByText(`"${word}"`, { exact: true }).dblclick()
  await page.keyboard.type(next)
}

interface Runs {
  pipeline: { draft: { revision: number; source: string; runs: { status: string; draftRevision: number }[] } }
}

const draftOf = async (page: Page, id: string) =>
  (
    await ask<Runs>(
      page,
      'query ($id: ID!) { pipeline(id: $id) { draft { revision source runs(first: 5) { status draftRevision } } } }',
      { id },
    )
  ).pipeline.draft

test('a draft is run with what was just typed, an output is pinned, and the next run takes it over', async ({
  page,
}) => {
  test.setTimeout(120_000)
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair('tried'))
  await edit(page, pipeline)

  // The form opens beside the text before anything in it is clicked twice.
  await choose(page, 'two')
  await retype(page, 'beta', 'gamma')
  await page.getByRole('button', { name: /^Run the draft/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Run the draft' })
  await dialog.getByLabel('word').fill('hello')
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(dialog).toBeHidden(patient)
  await expect(line(page)).toContainText(/Results of run .* as the draft is now/, patient)
  await expect(stageOf(page, 'one')).toHaveAttribute('data-status', 'succeeded', patient)
  await expect(stageOf(page, 'two')).toHaveAttribute('data-status', 'succeeded', patient)
  const { revision, source, runs } = await draftOf(page, pipeline)
  expect(source).toContain('"gamma"')
  expect(runs.map((each) => each.draftRevision)).toEqual([revision])

  await choose(page, 'two')
  await expect(resultsOf(page, 'two')).toContainText('"gamma"', patient)
  await expect(resultsOf(page, 'two')).toContainText('"hello"', patient)

  await choose(page, 'one')
  await resultsOf(page, 'one').getByRole('button', { name: 'Pin output' }).click()
  await expect(resultsOf(page, 'one').getByRole('button', { name: 'Pinned' })).toBeVisible(patient)
  await expect(page.getByTestId('stage-pin')).toHaveCount(1)
  await resultsOf(page, 'one').getByRole('button', { name: 'Change…' }).click()
  const own = page.getByRole('dialog', { name: 'Pin an output of one' })
  await own.getByLabel('Output, as JSON').fill('{"result": {"said": "pinned"}}')
  await own.getByRole('button', { name: 'Pin it' }).click()
  await expect(own).toBeHidden(patient)
  await expectAccessible(page, { both: true })

  await choose(page, 'two')
  await stageOf(page, 'two').press('Shift+R')
  await expect(dialog.getByText(/Not executed, because the output is pinned: one/)).toBeVisible(patient)
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(dialog).toBeHidden(patient)
  await expect(resultsOf(page, 'two')).toContainText('"pinned"', patient)
  expect((await draftOf(page, pipeline)).runs).toHaveLength(2)

  // The results stay for those who go on, until they are cleared.
  await retype(page, 'gamma', 'delta')
  await expect(line(page)).toContainText('the draft is at', patient)
  await page.reload()
  await expect(line(page)).toContainText('the draft is at', patient)
  await page.getByRole('region', { name: 'Results', exact: true }).getByRole('button', { name: 'Clear' }).click()
  await expect(line(page)).toHaveCount(0)
  await expect(stageOf(page, 'two')).toHaveAttribute('data-status', 'idle')
})

test('a run of a version is loaded into the canvas, and a draft with errors is refused with all of them', async ({
  page,
}) => {
  test.setTimeout(90_000)
  await visit(page, '/')
  const pipeline = await createPipeline(page, pair('looked-at'))
  const run = await startRunOf(page, pipeline, { word: 'earlier' })
  await waitForStatus(page, run, 'SUCCEEDED')
  await edit(page, pipeline)
  await page.getByRole('button', { name: 'Runs and results' }).click()
  await page.getByRole('menuitem', { name: 'Show results of a run…' }).click()
  const picker = page.getByRole('dialog', { name: 'Show results of a run' })
  await picker.getByRole('option', { name: /Version 1, development/ }).click()
  await expect(line(page)).toContainText('of version 1', patient)
  await expect(stageOf(page, 'two')).toHaveAttribute('data-status', 'succeeded', patient)
  await choose(page, 'two')
  await expect(resultsOf(page, 'two')).toContainText('"earlier"', patient)

  const { revision } = await draftOf(page, pipeline)
  const edits = [
    { op: 'renameStage', stage: 'two', to: 'three' },
    { op: 'setField', stage: 'one', path: ['component'], value: 'nothing' },
  ]
  await ask(page, 'mutation ($input: EditDraftInput!) { editDraft(input: $input) { draft { revision } } }', {
    input: { pipelineId: pipeline, revision, changeId: 'breaks-it', edits },
  })
  await expect(editor(page)).toContainText('"nothing"', patient)
  await expect(page.getByText('1 stage of the run is not in the draft: two')).toBeVisible(patient)
  await page.getByRole('button', { name: /^Run the draft/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Run the draft' })
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(dialog.getByText('The run was not started')).toBeVisible(patient)
  await expect(dialog.getByRole('region', { name: 'Errors of the draft' })).toContainText('nothing')
})
