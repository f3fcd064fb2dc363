// A stage in two routes of a router is one stage in the counts, on the canvas and in the timeline.

import { cancelByKey, createPipeline, expect, stageOf, startRunOf, test, visit } from './fixtures.ts'
import { real } from './server.ts'

const step = (id: string, more: object = {}) => ({
  id,
  component: 'json_transform',
  config: { data: { a: 1 }, expression: 'data' },
  ...more,
})
const pipeline = (name: string, first: object) => ({
  name,
  stages: [
    {
      id: 'route',
      component: 'router',
      config: {
        value: '{{input.kind}}',
        routes: { billing: ['first', 'both'], question: ['both'], spam: ['drop'] },
        default_route: ['drop'],
      },
    },
    first,
    step('both', { depends_on: ['first'] }),
    step('drop'),
  ],
})

test('a stage of two routes counts once, and its edge names both', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, pipeline('two-routes', step('first')))
  await visit(page, `/runs/${await startRunOf(page, id, { kind: 'billing' })}`)
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  await expect(inspector).toContainText('3 stages ran, 1 was skipped')
  await expect(page.getByText('spam, default', { exact: true })).toBeVisible()
  await expect(stageOf(page, 'both')).toHaveAttribute('data-status', 'succeeded')
  await expect(stageOf(page, 'drop')).toHaveAttribute('data-status', 'skipped')
  await stageOf(page, 'both').click()
  // There is only one stage run, so no picker is shown.
  await expect(page.getByRole('group', { name: /of this stage$/ })).toHaveCount(0)

  await visit(page, `/pipelines/${id}?stage=drop`)
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('spam, default')
})

test('a stage that the chosen route reaches later is shown as not started, not as skipped', async ({ page }) => {
  test.skip(!real, 'the mock ends its runs by time')
  await visit(page, '/')
  const wait = { id: 'first', component: 'wait', config: { seconds: 600 } }
  const id = await createPipeline(page, pipeline('two-routes-slow', wait))
  await visit(page, `/runs/${await startRunOf(page, id, { kind: 'billing' })}`)
  await expect(stageOf(page, 'first')).toHaveAttribute('data-status', 'waiting')
  await expect(stageOf(page, 'drop')).toHaveAttribute('data-status', 'skipped')
  await expect(stageOf(page, 'both')).toHaveAttribute('data-status', 'idle')
  await stageOf(page, 'both').click()
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('Not started')
  await page.keyboard.press('Escape')
  await cancelByKey(page)
  await expect(page.getByTestId('run-status').getByText('Cancelled')).toBeVisible()
  // After the end it is still shown as not started.
  await stageOf(page, 'both').click()
  await expect(page.getByRole('complementary', { name: 'Inspector' })).not.toContainText(/run_ended|scope_failed/)
})
