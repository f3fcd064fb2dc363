// No page logs an error or asks for something that it is refused, on a server as it is used (without --dev) too.

import { createPipeline, expect, failing, startOf, startRun, test, visit } from './fixtures.ts'

test('no page has an error in its console or a request that is refused', async ({ page, workspace }) => {
  test.setTimeout(90_000)
  await visit(page, '/')
  const run = await startRun(page, workspace)
  const failed = await startOf(page, await createPipeline(page, failing('fails-quietly')))
  const found: string[] = []
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') found.push(`${page.url()}: ${line.text()}`)
  })
  page.on('response', (answer) => {
    if (answer.status() >= 400) found.push(`${page.url()}: ${answer.status()} ${answer.url()}`)
  })
  // What was under way when the page was left is no failure of the page.
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    if (why !== 'net::ERR_ABORTED') found.push(`${page.url()}: ${why} ${request.url()}`)
  })
  // The explorer is there with --dev only; without, the server refuses to show it.
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
    '/jobs',
    '/jobs?all=true',
    '/sign-in',
    '/nowhere',
  ]) {
    await visit(page, path)
    await page.waitForLoadState('networkidle').catch(() => {})
  }
  expect(found).toEqual([])
})

test('the explorer is asked for when it is opened, and its absence is said', async ({ page }) => {
  await page.route('**/graphql', (route) =>
    route.request().method() === 'GET' ? route.fulfill({ status: 405, json: {} }) : route.fallback(),
  )
  await visit(page, '/settings')
  await page.getByRole('button', { name: 'Open the API explorer' }).click()
  await expect(page.getByText(/does not offer the API explorer/)).toBeVisible()
  await expect(page).toHaveURL(/\/settings$/)
})
