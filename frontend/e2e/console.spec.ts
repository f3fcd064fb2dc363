// No page logs an error or makes a request that is refused, also on a production server (without --dev).

import { createPipeline, createTrigger, expect, failing, startRunOf, startRun, test, visit } from './fixtures.ts'

test('no page logs an error or makes a request that is refused', async ({ page, workspace }) => {
  test.setTimeout(180_000)
  await visit(page, '/')
  const run = await startRun(page, workspace)
  const failed = await startRunOf(page, await createPipeline(page, failing('fails-quietly')))
  const trigger = await createTrigger(page, workspace.pipeline, { name: 'quiet', cron: '0 9 * * 1-5' })
  const found: string[] = []
  page.on('console', (line) => {
    // On a busy machine, what a part of the page needs is there seconds before the part itself runs.
    if (line.text().includes('was preloaded using link preload but not used within a few seconds')) return
    if (line.type() === 'error' || line.type() === 'warning') found.push(`${page.url()}: ${line.text()}`)
  })
  page.on('response', (answer) => {
    if (answer.status() >= 400) found.push(`${page.url()}: ${answer.status()} ${answer.url()}`)
  })
  // Requests in flight when the page was left are not failures of the page.
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    if (why !== 'net::ERR_ABORTED') found.push(`${page.url()}: ${why} ${request.url()}`)
  })
  // The explorer exists with --dev only; otherwise the server refuses it.
  await page.route('**/graphql', (route) =>
    route.request().method() === 'GET' ? route.fulfill({ status: 405, json: {} }) : route.fallback(),
  )
  for (const path of [
    '/',
    '/welcome',
    '/pipelines',
    '/pipelines?deleted=true',
    `/pipelines/${workspace.pipeline}`,
    `/pipelines/${workspace.pipeline}?edit=true`,
    `/pipelines/${workspace.pipeline}?tab=runs`,
    `/pipelines/${workspace.pipeline}?tab=versions`,
    `/pipelines/${workspace.pipeline}?tab=triggers`,
    `/pipelines/${workspace.pipeline}/triggers/${trigger}`,
    `/pipelines/${workspace.pipeline}/compare`,
    `/pipelines/${workspace.pipeline}?run=true`,
    '/runs',
    `/runs/${run}`,
    `/runs/${run}?tab=logs`,
    `/runs/${run}?tab=events`,
    `/runs/${run}?tab=result`,
    `/runs/${run}?stage=fetch-tickets&view=input`,
    `/runs/${failed}`,
    '/components',
    '/components?name=router',
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
    '/jobs',
    '/jobs?all=true',
    '/sign-in',
    '/sign-up',
    '/sign-up/confirm',
    '/nowhere',
  ]) {
    await visit(page, path)
    await page.waitForLoadState('networkidle').catch(() => {})
  }
  expect(found).toEqual([])
})

test('the explorer is requested only when it is opened, and its absence is reported', async ({ page }) => {
  await page.route('**/graphql', (route) =>
    route.request().method() === 'GET' ? route.fulfill({ status: 405, json: {} }) : route.fallback(),
  )
  await visit(page, '/settings')
  await page.getByRole('button', { name: 'Open the API explorer' }).click()
  await expect(page.getByText(/does not offer the API explorer/)).toBeVisible()
  await expect(page).toHaveURL(/\/settings$/)
})
