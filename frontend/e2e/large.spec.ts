// A pipeline of a thousand stages: what is drawn is what is seen.

import { ask, expect, test, visit } from './fixtures.ts'

const LANES = 20
const thousand = JSON.stringify({
  name: 'thousand',
  stages: Array.from({ length: 1000 }, (_, at) => ({
    id: `stage-${at}`,
    component: 'json_transform',
    depends_on: at < LANES ? [] : [`stage-${at - LANES}`],
    config: { data: { at }, expression: 'data' },
  })),
})
/** Of a page with a canvas, a list and an inspector; a thousand cards alone would be 17,000. */
const MOST = 1400

test('a run of a thousand stages is drawn with few elements, in the lists too', async ({ page }) => {
  await visit(page, '/')
  const { createPipeline: made } = await ask<{ createPipeline: { pipeline: { id: string } } }>(
    page,
    'mutation ($source: String!) { createPipeline(input: { source: $source }) { pipeline { id } } }',
    { source: thousand },
  )
  const { startRun } = await ask<{ startRun: { run: { id: string } } }>(
    page,
    'mutation ($input: StartRunInput!) { startRun(input: $input) { run { id } } }',
    { input: { pipelineId: made.pipeline.id, input: {} } },
  )
  const elements = () => page.evaluate(() => document.querySelectorAll('body *').length)
  for (const tab of ['timeline', 'events']) {
    await visit(page, `/runs/${startRun.run.id}?tab=${tab}`)
    await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible({ timeout: 20_000 })
    await expect(page.locator('[data-stage]').first()).toBeVisible({ timeout: 20_000 })
    expect(await elements(), tab).toBeLessThan(MOST)
  }
  await visit(page, '/pipelines')
  await expect(page.getByRole('link', { name: /thousand/ }).first()).toBeVisible()
  expect(await elements(), 'the list with its pictures').toBeLessThan(500)
})
