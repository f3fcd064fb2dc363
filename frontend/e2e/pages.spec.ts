// The pages: accessible, without horizontal scrolling on a phone, with useful empty states.

import type { Page } from '@playwright/test'
import { ask, createTrigger, expect, expectAccessible, ready, startRun, test, visit } from './fixtures.ts'

const withWarning = JSON.stringify(
  {
    name: 'says-too-much',
    stages: [{ id: 'a', component: 'json_transform', config: { data: { a: 1 }, expression: 'data', colour: 'red' } }],
  },
  null,
  2,
)
const failing = JSON.stringify(
  { name: 'fails', stages: [{ id: 'call', component: 'http_request', config: { url: 'http://127.0.0.1:9/' } }] },
  null,
  2,
)

async function create(page: Page, source: string): Promise<string> {
  const made = await ask<{ createPipeline: { pipeline: { id: string } } }>(
    page,
    'mutation ($source: String!) { createPipeline(input: { source: $source }) { pipeline { id } } }',
    { source },
  )
  return made.createPipeline.pipeline.id
}

test('the pages around a run pass axe, light and dark', async ({ page, workspace }) => {
  await visit(page, '/welcome')
  await expect(page.getByRole('button', { name: /^Use this example/ }).first()).toBeVisible()
  await expectAccessible(page, { both: true })

  await startRun(page, workspace)
  await visit(page, '/')
  await expect(page.getByRole('heading', { name: 'In progress' })).toBeVisible()
  await expectAccessible(page)

  await visit(page, `/runs/${await startRun(page, workspace)}`)
  await expect(page.locator('[data-stage][data-status=running]').first()).toBeVisible()
  await expectAccessible(page, { both: true })

  await visit(page, '/runs')
  await expect(page.getByRole('link', { name: /support.inbox/i }).first()).toBeVisible()
  await expectAccessible(page)
})

test('the pages around a pipeline pass axe, light and dark', async ({ page, workspace }) => {
  await visit(page, '/pipelines')
  await expect(page.getByRole('link', { name: /support.inbox/i }).first()).toBeVisible()
  await expectAccessible(page)

  await visit(page, `/pipelines/${workspace.pipeline}`)
  await expect(page.locator('.cm-content')).toBeVisible()
  await page.locator('[data-stage]').first().click()
  await expect(page.getByRole('tab', { name: 'Settings' })).toBeVisible()
  await expectAccessible(page, { both: true })

  await page.keyboard.press('r')
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
})

test('settings and the overlays of every page pass axe', async ({ page }) => {
  await visit(page, '/settings')
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
  await expectAccessible(page)

  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog').getByRole('combobox')).toBeFocused()
  await expectAccessible(page)

  await visit(page, '/nowhere')
  await expect(page.getByText('Page not found')).toBeVisible()
  await expectAccessible(page)
})

test('a failed run shows the stage, the message, the code and the possible actions', async ({ page }) => {
  await visit(page, '/')
  const pipeline = await create(page, failing)
  await visit(page, `/pipelines/${pipeline}?run=true`)
  await page.getByRole('button', { name: 'Start the run' }).click()
  await expect(page.getByTestId('run-status').getByText('Failed')).toBeVisible({ timeout: 20_000 })
  const why = page.getByRole('region', { name: 'Why it failed' })
  await expect(why).toContainText('call failed')
  await expect(why).toContainText(/[A-Z]+_[A-Z]+/)
  await expectAccessible(page)
  await why.getByRole('button', { name: 'Show the stage' }).click()
  await expect(page).toHaveURL(/stage=call/)
  await expect(page.getByRole('alert')).toContainText('The stage failed')
})

test('nothing scrolls horizontally on a phone of 360 pixels', async ({ page, workspace }) => {
  test.setTimeout(120_000) // It loads every page.
  await page.setViewportSize({ width: 360, height: 720 })
  await visit(page, '/')
  const run = await startRun(page, workspace)
  const trigger = await createTrigger(page, workspace.pipeline, { name: 'wide', cron: '* * * * *' })
  for (const path of [
    '/',
    '/welcome',
    '/pipelines',
    `/pipelines/${workspace.pipeline}`,
    `/pipelines/${workspace.pipeline}/compare`,
    `/pipelines/${workspace.pipeline}?tab=triggers`,
    `/pipelines/${workspace.pipeline}/triggers/${trigger}`,
    '/runs',
    `/runs/${run}`,
    '/settings',
    '/settings/members',
    '/settings/access',
    '/settings/domains',
    '/settings/single-sign-on',
    '/settings/provisioning',
    '/settings/applications',
    '/settings/webhooks',
    '/device',
    '/consent',
  ]) {
    await visit(page, path)
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(wide, path).toBeLessThanOrEqual(360)
  }
  await visit(page, `/runs/${run}`)
  // The view follows the run; a focused stage scrolls into view.
  await page.locator('[data-stage]').first().focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectAccessible(page)
})

test('without a session, every URL leads to the sign-in page and back', async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const page = await context.newPage()
  await page.goto('/runs')
  await ready(page)
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fruns/)
  await expectAccessible(page)
  await page.getByText('No password yet?').click()
  await page.getByLabel('One-time link').fill(`${server.origin}/sign-in#token=nonsense`)
  await page.getByRole('button', { name: 'Use the link' }).click()
  await expect(page.getByRole('alert')).toContainText('link')
  await expect(page.getByRole('alert')).not.toContainText(/[A-Z]{3,}_?[A-Z]*|request/)
  await expectAccessible(page)
  await context.close()
})

test('a missing run or pipeline is reported as not found, without a code', async ({ page }) => {
  await visit(page, '/runs/run_01k00000000000000000000000')
  await expect(page.getByRole('alert')).toContainText('Run not found')
  await expect(page.getByRole('alert')).not.toContainText(/NOT_FOUND|request/)
  await visit(page, '/pipelines/pipe_01k00000000000000000000000')
  await expect(page.getByRole('alert')).toContainText('Pipeline not found')
})

test('a problem leads to its line in the source', async ({ page }) => {
  await visit(page, '/')
  const pipeline = await create(page, withWarning)
  await visit(page, `/pipelines/${pipeline}?tab=problems`)
  await page
    .getByRole('button', { name: /colour/ })
    .first()
    .click()
  await expect(page).toHaveURL(/tab=source/)
  await expect(page.locator('.cm-problem-line').first()).toBeVisible()
})
