// Bulk changes of runs: always a job on the server, for a selection by ids and for all matching runs by the filter,
// after a confirmation with the number.

import type { Page } from '@playwright/test'
import {
  ask,
  waitForStatus,
  createPipeline,
  expect,
  expectAccessible,
  failing,
  startLongRun,
  startRunOf,
  test,
  visit,
} from './fixtures.ts'

const barOf = (page: Page) => page.getByRole('region', { name: 'Selected runs' })

/** The names of the mutations that the page sends. */
function changes(page: Page): string[] {
  const asked: string[] = []
  page.on('request', (request) => {
    const name = /mutation (\w+)/.exec(request.postData() ?? '')?.[1]
    if (request.url().endsWith('/graphql') && name) asked.push(name)
  })
  return asked
}

async function failedRuns(page: Page, name: string, count: number): Promise<string> {
  const id = await createPipeline(page, failing(name))
  await Promise.all(Array.from({ length: count }, () => startRunOf(page, id)))
  const failed = async () =>
    (
      await ask<{ runCounts: { failed: number } }>(
        page,
        'query ($id: ID!) { runCounts(filter: { pipelineIds: [$id] }) { failed } }',
        { id },
      )
    ).runCounts.failed
  await expect.poll(failed, { timeout: 30_000 }).toBe(count)
  return id
}

test('a selection is changed by one job on the server, whatever page its runs are on', async ({ page }) => {
  await visit(page, '/')
  const runs = [await startLongRun(page), await startLongRun(page)]
  const other = await startLongRun(page)
  await visit(page, '/runs?q=long')
  for (const run of runs) await page.locator(`[data-run="${run}"]`).check()
  const bar = barOf(page)
  await expect(bar.getByText('2 runs selected')).toBeVisible()
  await expectAccessible(page, { both: true })
  const asked = changes(page)
  await bar.getByRole('button', { name: 'Cancel 2', exact: true }).click()
  expect(asked, 'nothing is done before it is confirmed').toEqual([])
  await page.getByRole('dialog', { name: 'Cancel 2 runs?' }).getByRole('button', { name: 'Cancel 2 runs' }).click()
  await expect(bar.getByText('2 runs cancelled.')).toBeVisible({ timeout: 20_000 })
  expect(asked).toEqual(['CancelRuns'])
  for (const run of runs) await waitForStatus(page, run, 'CANCELLED')
  const { run } = await ask<{ run: { status: string } }>(page, 'query ($id: ID!) { run(id: $id) { status } }', {
    id: other,
  })
  expect(run.status, 'what was not selected').not.toBe('CANCELLED')
})

test('all matching runs are offered beside a selection, and changed after a confirmation with their number', async ({
  page,
}) => {
  await visit(page, '/')
  const id = await failedRuns(page, 'many-failures', 31)
  await visit(page, `/runs?pipeline=${id}`)
  await page
    .getByRole('checkbox', { name: /^Select the run/ })
    .first()
    .check()
  const bar = barOf(page)
  await expect(bar.getByText('All 31 matching runs:')).toBeVisible()
  await expect(bar.getByRole('button', { name: 'Cancel all in progress' })).toBeDisabled()
  await bar.getByRole('button', { name: 'Run failed and cancelled again 31' }).click()
  const dialog = page.getByRole('dialog', { name: 'Start 31 runs again?' })
  await expect(dialog).toBeVisible()
  await expectAccessible(page, { both: true })
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(dialog).toHaveCount(0)
  await bar.getByRole('button', { name: 'Run failed and cancelled again 31' }).click()
  const asked = changes(page)
  await dialog.getByRole('button', { name: 'Start 31 runs again' }).click()
  await expect(bar.getByText('31 runs started again.')).toBeVisible({ timeout: 30_000 })
  expect(asked).toEqual(['RetryRuns'])
})

test('with a text filter, which the server does not count by, the confirmation still has the number', async ({
  page,
}) => {
  await visit(page, '/')
  await failedRuns(page, 'zanzibar', 3)
  await visit(page, '/runs?q=zanzibar')
  await page
    .getByRole('checkbox', { name: /^Select the run/ })
    .first()
    .check()
  await barOf(page).getByRole('button', { name: 'Run failed and cancelled again' }).click()
  await page.getByRole('button', { name: 'Start 3 runs again' }).click()
  await expect(barOf(page).getByText('3 runs started again.')).toBeVisible({ timeout: 30_000 })
})

test('failed runs are started again from their failed stages', async ({ page }) => {
  await visit(page, '/')
  const id = await failedRuns(page, 'half-way', 2)
  await visit(page, `/runs?pipeline=${id}`)
  await page
    .getByRole('checkbox', { name: /^Select the run/ })
    .first()
    .check()
  const bar = barOf(page)
  await bar.getByRole('button', { name: 'Run again 1', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Run 1 again?' })
  await dialog.getByRole('checkbox', { name: 'From the failed stage' }).check()
  await expect(dialog.getByText(/keeps the results of the stages that succeeded/)).toBeVisible()
  await expectAccessible(page, { both: true })
  const asked = page.waitForRequest((request) => /mutation RetryRuns/.test(request.postData() ?? ''))
  await dialog.getByRole('button', { name: 'Run 1 again' }).click()
  expect((await asked).postData()).toContain('FAILED_STAGE')
  await expect(bar.getByText('1 run started again.')).toBeVisible({ timeout: 20_000 })
})

test('refused runs are reported with the reason', async ({ page }) => {
  await visit(page, '/')
  const id = await failedRuns(page, 'gone-soon', 2)
  await ask(page, 'mutation ($id: ID!) { deletePipeline(input: { pipelineId: $id }) { pipeline { id } } }', { id })
  await visit(page, `/runs?q=gone-soon`)
  await page
    .getByRole('checkbox', { name: /^Select the run/ })
    .first()
    .check()
  const bar = barOf(page)
  await bar.getByRole('button', { name: 'Run again 1', exact: true }).click()
  await page.getByRole('dialog', { name: 'Run 1 again?' }).getByRole('button', { name: 'Run 1 again' }).click()
  await expect(bar.getByText('0 runs started again, 1 refused.')).toBeVisible({ timeout: 20_000 })
  await expect(bar.getByText(/is deleted/)).toBeVisible()
  await expectAccessible(page)
})

const operation = (change: object = {}) => ({
  __typename: 'RunOperation',
  id: 'op_1',
  requestedBy: 'Owner',
  kind: 'CANCEL',
  status: 'RUNNING',
  total: 900,
  done: 300,
  failed: 2,
  lastError: { __typename: 'RunError', code: 'RUN_FINISHED', message: 'The run is finished.' },
  ...change,
})

/** A running change of 900 runs; the server's messages are faked, so that the test controls when they arrive. */
async function atWork(page: Page, change: object = {}) {
  let now = operation(change)
  let asked = 0
  const listeners = new Set<(message: object) => void>()
  await page.route('**/graphql', async (route) => {
    const text = route.request().postData() ?? ''
    if (text.includes('query RunOperations')) {
      const edges = [{ __typename: 'RunOperationEdge', node: now }]
      return route.fulfill({ json: { data: { runOperations: { __typename: 'RunOperationConnection', edges } } } })
    }
    if (!text.includes('query RunOperation(')) return route.fallback()
    asked++
    return route.fulfill({ json: { data: { runOperation: now } } })
  })
  await page.routeWebSocket('**/graphql/ws', (socket) => {
    socket.onMessage((message) => {
      const { id, type, payload } = JSON.parse(String(message)) as {
        id: string
        type: string
        payload?: { query?: string }
      }
      if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }))
      if (type === 'ping') socket.send(JSON.stringify({ type: 'pong' }))
      if (type === 'subscribe' && payload?.query?.includes('runOperationFeed'))
        listeners.add((body) => socket.send(JSON.stringify({ id, ...body })))
    })
  })
  const say = (body: object) => {
    for (const each of listeners) each(body)
  }
  return {
    asked: () => asked,
    listens: () => expect.poll(() => listeners.size).toBeGreaterThan(0),
    tell(next: object) {
      now = operation({ ...change, ...next })
      say({ type: 'next', payload: { data: { runOperationFeed: now } } })
    },
    refuse: () => say({ type: 'error', payload: [{ message: 'Too many feeds.', extensions: { code: 'TOO_MANY' } }] }),
  }
}

/** Sets the permissions and the name of the signed-in user. */
async function signedInAs(page: Page, name: string, permissions: (had: string[]) => string[]) {
  await page.route('**/graphql', async (route) => {
    if (!(route.request().postData() ?? '').includes('query Viewer')) return route.fallback()
    const answer = await route.fetch()
    const body = (await answer.json()) as { data: { viewer: { user: { name: string }; permissions: string[] } } }
    body.data.viewer.user.name = name
    body.data.viewer.permissions = permissions(body.data.viewer.permissions)
    return route.fulfill({ json: body })
  })
}

test('a running change is shown on a page that is opened meanwhile, and updated by the server', async ({ page }) => {
  const job = await atWork(page)
  await signedInAs(page, 'Owner', (had) => had)
  await visit(page, '/runs')
  const bar = barOf(page)
  await expect(bar.getByText('Cancelling: 302 of 900 runs')).toBeVisible()
  await expect(bar.getByText(/requested by/)).toHaveCount(0)
  await job.listens()
  job.tell({ done: 350 })
  await expect(bar.getByText('Cancelling: 352 of 900 runs')).toBeVisible()
  await page.waitForTimeout(2500)
  expect(job.asked(), 'asked once, for what was told before somebody listened').toBe(1)
  job.tell({ done: 898, status: 'FINISHED' })
  await expect(bar.getByText('898 runs cancelled, 2 refused.')).toBeVisible()
  await expect(bar.getByText('The last one: The run is finished.')).toBeVisible()
  await bar.getByRole('button', { name: 'Close' }).click()
  await expect(bar).toHaveCount(0)
})

test('a change whose progress is refused says so, and can be closed', async ({ page }) => {
  const job = await atWork(page)
  await signedInAs(page, 'Owner', (had) => had)
  await visit(page, '/runs')
  const bar = barOf(page)
  await job.listens()
  job.refuse()
  await expect(bar.getByText('Live progress is no longer available. Too many feeds.')).toBeVisible()
  await expectAccessible(page)
  await bar.getByRole('button', { name: 'Close' }).click()
  await expect(bar).toHaveCount(0)
})

test("others' changes are shown to users who may see them, with Stop for those who may stop them", async ({ page }) => {
  await atWork(page, { requestedBy: 'Ben', kind: 'RETRY' })
  let missing: string[] = []
  await signedInAs(page, 'Ada', (had) => had.filter((each) => !missing.includes(each)))
  const bar = barOf(page)
  await visit(page, '/runs')
  await expect(bar.getByText('Starting again: 302 of 900 runs · requested by Ben')).toBeVisible()
  await expect(bar.getByRole('button', { name: 'Stop' })).toBeVisible()
  missing = ['run.start']
  await visit(page, '/runs')
  await expect(bar.getByText('Starting again: 302 of 900 runs · requested by Ben')).toBeVisible()
  await expect(bar.getByRole('button', { name: 'Stop' })).toHaveCount(0)
  missing = ['job.read']
  await visit(page, '/runs')
  await expect(page.getByRole('button', { name: 'Views' })).toBeVisible()
  await page.waitForTimeout(1000)
  await expect(bar).toHaveCount(0)
})
