// A stage is changed in a form, and the text of the draft keeps all the rest as it was. Needs the program: the mock
// knows no edits.

import type { Page } from '@playwright/test'
import {
  ask,
  createPipeline,
  draftOf,
  expect,
  expectAccessible,
  startRunOf,
  test,
  visit,
  waitForStatus,
} from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock knows no edits')

/** With a formatting of its own, which stays. */
const text = `{
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
    "stages": [
        {"id": "ask",   "type": "http-request",
         "config": {"url": "https://weather.example/{{input.city}}", "method": "GET"},
         "color": "blue"},

        {"id": "group", "type": "aggregate", "depends_on": [ "ask" ],
         "config": {
             "data": "{{upstream.ask.body.days}}",
             "aggregations": [
                 {"field": "rain", "operation": "sum"}
             ]
         }
        }
    ],
    "output_stage_id": "group"
}
`

async function opened(page: Page, word: string): Promise<string> {
  await visit(page, '/')
  const { createPipeline: made } = await ask<{ createPipeline: { pipeline: { id: string } } }>(
    page,
    'mutation ($source: String!) { createPipeline(input: { source: $source }) { pipeline { id } } }',
    { source: text },
  )
  const { id } = made.pipeline
  await visit(page, `/pipelines/${id}?edit=true`)
  await expect(editor(page).locator('.cm-content')).toBeVisible()
  // The stage at the cursor is selected.
  await editor(page).getByText(word, { exact: true }).first().click()
  return id
}

const editor = (page: Page) => page.getByTestId('source-editor')
const form = (page: Page, stage: string) => page.getByRole('form', { name: `Stage ${stage}` })

test('a field is changed in the form and stands in the text, which is otherwise untouched', async ({ page }) => {
  const id = await opened(page, '"GET"')
  const own = form(page, 'ask')
  await own.getByLabel(/^Method/).selectOption('POST')
  await expect(editor(page)).toContainText('"POST"')
  await expect.poll(() => draftOf(page, id)).toBe(text.replace('"GET"', '"POST"'))
  await own.getByLabel(/^Url/).fill('https://weather.example/{{input.city}}/now')
  await expect
    .poll(() => draftOf(page, id))
    .toBe(text.replace('"GET"', '"POST"').replace('{{input.city}}"', '{{input.city}}/now"'))
  // What no component knows is kept and shown.
  await expect(own.getByRole('region', { name: 'Other fields' }).getByLabel('color', { exact: true })).toHaveValue(
    '"blue"',
  )
  await expectAccessible(page, { both: true })
})

test('a stage is renamed in the form, and all that refers to it follows', async ({ page }) => {
  const id = await opened(page, '"GET"')
  await form(page, 'ask').getByLabel('Id', { exact: true }).fill('forecast')
  await page.keyboard.press('Enter')
  await expect(form(page, 'forecast')).toBeVisible()
  const renamed = text
    .replace('"id": "ask"', '"id": "forecast"')
    .replace('[ "ask" ]', '[ "forecast" ]')
    .replace('upstream.ask.', 'upstream.forecast.')
  await expect.poll(() => draftOf(page, id)).toBe(renamed)
  await form(page, 'forecast').getByLabel('Id', { exact: true }).fill('group')
  await page.keyboard.press('Enter')
  await expect(form(page, 'forecast').getByText('There is already a stage group.')).toBeVisible()
})

test('what the server finds wrong with a field is shown at it', async ({ page }) => {
  await opened(page, '"GET"')
  const url = form(page, 'ask').getByLabel(/^Url/)
  await url.fill('https://weather.example/{{upstream.group.data}}')
  await expect(url).toHaveAttribute('aria-invalid', 'true', { timeout: 15_000 })
  await expect(url).toHaveAccessibleDescription(/group/)
  await expectAccessible(page, { both: true })
})

test('a list of objects is edited by keyboard: an item is added, filled and removed', async ({ page }) => {
  const id = await opened(page, '"rain"')
  const own = form(page, 'group')
  await own.getByRole('button', { name: 'Add an item to Aggregations' }).press('Enter')
  const second = own.getByRole('group', { name: 'Aggregations, item 2' })
  await second.getByLabel(/^Operation/).selectOption('avg')
  await second.getByLabel(/^Field/).fill('wind')
  await second.getByLabel(/^Alias/).fill('mean_wind')
  const aggregations = async () => {
    const file = JSON.parse(await draftOf(page, id)) as { stages: { config: { aggregations?: object[] } }[] }
    return file.stages[1]?.config.aggregations
  }
  await expect.poll(aggregations).toEqual([
    { field: 'rain', operation: 'sum' },
    { operation: 'avg', field: 'wind', alias: 'mean_wind' },
  ])
  await own.getByRole('button', { name: 'Remove Aggregations, item 1' }).press('Enter')
  await expect.poll(aggregations).toEqual([{ operation: 'avg', field: 'wind', alias: 'mean_wind' }])
  await expect(own.getByRole('group', { name: 'Aggregations, item 1' }).getByLabel(/^Field/)).toHaveValue('wind')
})

test('a template shows its value with the last run, and a missing dependency is added with one click', async ({
  page,
}) => {
  await visit(page, '/')
  const id = await createPipeline(page, {
    name: 'greeting',
    stages: [
      { id: 'first', type: 'variable_set', config: { name: 'city', value: '{{input.city}}' } },
      { id: 'second', type: 'variable_set', config: { name: 'greeting', value: 'Hello' } },
    ],
  })
  await waitForStatus(page, await startRunOf(page, id, { city: 'Oslo' }), 'SUCCEEDED')
  await visit(page, `/pipelines/${id}?edit=true`)
  await expect(editor(page).locator('.cm-content')).toBeVisible()
  await editor(page).getByText('"second"', { exact: true }).first().click()
  const own = form(page, 'second')
  await own.getByLabel(/^Value/).fill('Hello {{upstream.first.value}}')
  await expect(own.getByTestId('filled')).toContainText('Hello Oslo', { timeout: 15_000 })
  const fix = own.getByRole('button', { name: 'Wait for first', exact: true })
  await expect(fix).toBeVisible({ timeout: 15_000 })
  await expectAccessible(page, { both: true })
  await fix.click()
  await expect.poll(() => draftOf(page, id)).toContain('"depends_on"')
  await expect(fix).toBeHidden({ timeout: 15_000 })
})
