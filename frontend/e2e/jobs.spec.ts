// Failed jobs: found by an administrator, shown with the reason, retried.

import type { Page } from '@playwright/test'
import { expect, expectAccessible, test, visit } from './fixtures.ts'

const job = (status: string, extra: object = {}) => ({
  __typename: 'Job',
  id: 'job_1',
  kind: 'runs.change',
  status,
  attempts: 5,
  maxAttempts: 5,
  progress: { __typename: 'JobProgress', done: 40, total: 120 },
  error: { __typename: 'JobError', code: 'UNAVAILABLE', message: 'The database did not respond.' },
  requestedBy: { __typename: 'Actor', kind: 'user', name: 'Ada' },
  createdAt: new Date(Date.now() - 60_000).toISOString(),
  runAt: new Date(Date.now() - 30_000).toISOString(),
  startedAt: new Date(Date.now() - 30_000).toISOString(),
  finishedAt: status === 'FAILED' ? new Date(Date.now() - 20_000).toISOString() : null,
  ...extra,
})

/** A job only fails after minutes of attempts, so the responses about it are faked here. */
async function withFailedJob(page: Page) {
  let status = 'FAILED'
  let asked = 0
  await page.route('**/graphql', async (route) => {
    const text = route.request().postData() ?? ''
    if (text.includes('query Jobs')) {
      const pageInfo = { __typename: 'PageInfo', hasNextPage: false, endCursor: null }
      return route.fulfill({
        json: {
          data: {
            jobs: { __typename: 'JobConnection', edges: [{ __typename: 'JobEdge', node: job(status) }], pageInfo },
          },
        },
      })
    }
    if (text.includes('mutation RetryJob')) {
      status = 'QUEUED'
      return route.fulfill({ json: { data: { retryJob: { __typename: 'RetryJobPayload', job: job('QUEUED') } } } })
    }
    if (text.includes('query Job(')) {
      if (++asked > 1) status = 'SUCCEEDED'
      return route.fulfill({ json: { data: { job: job(status) } } })
    }
    return route.fallback()
  })
}

test('without failed jobs the page says so, and links to all jobs', async ({ page }) => {
  await visit(page, '/settings')
  await page.getByRole('link', { name: 'Failed jobs' }).click()
  await expect(page).toHaveURL(/\/jobs$/)
  await expect(page.getByText('No failed jobs')).toBeVisible()
  await expectAccessible(page, { both: true })
  await page.getByRole('link', { name: 'All jobs' }).click()
  await expect(page).toHaveURL(/all=true/)
  await expect(page.getByRole('heading', { name: 'Jobs' })).toBeVisible()
})

test('a failed job is shown with its reason, retried, and followed until it ends', async ({ page }) => {
  await withFailedJob(page)
  await visit(page, '/')
  await expect(page.getByText('1 job failed in the last 24 hours.')).toBeVisible()
  await page.getByRole('link', { name: 'Failed jobs' }).click()
  const row = page.locator('[data-job="job_1"]')
  await expect(row).toContainText('Bulk change of runs')
  await expect(row).toContainText('5 of 5 attempts · 40 of 120 done')
  await expect(row).toContainText('The database did not respond. UNAVAILABLE')
  await expectAccessible(page, { both: true })
  await row.getByRole('button', { name: 'Try again' }).click()
  await expect(row.getByText('Queued')).toBeVisible()
  await expect(row.getByText('Succeeded')).toBeVisible({ timeout: 20_000 })
  await expect(row.getByRole('button')).toHaveCount(0)
})

test('a user who may not see jobs is told so, and gets no link to them', async ({ page }) => {
  await page.route('**/graphql', async (route) => {
    if (!(route.request().postData() ?? '').includes('query Viewer')) return route.fallback()
    const answer = await route.fetch()
    const body = (await answer.json()) as { data: { viewer: { permissions: string[] } } }
    body.data.viewer.permissions = body.data.viewer.permissions.filter((each) => !each.startsWith('job.'))
    return route.fulfill({ json: body })
  })
  await visit(page, '/settings')
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Failed jobs' })).toHaveCount(0)
  await visit(page, '/jobs')
  await expect(page.getByText(/Your role cannot view the jobs/)).toBeVisible()
})

test('jobs that could not be loaded say why, with a way to try again', async ({ page }) => {
  let broken = true
  await page.route('**/graphql', (route) =>
    broken && (route.request().postData() ?? '').includes('query Jobs')
      ? route.fulfill({
          json: { errors: [{ message: 'The database is away.', extensions: { code: 'UNAVAILABLE', requestId: 'r' } }] },
        })
      : route.fallback(),
  )
  await visit(page, '/jobs')
  await expect(page.getByRole('alert')).toContainText('The jobs could not be loaded')
  broken = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('No failed jobs')).toBeVisible()
})
