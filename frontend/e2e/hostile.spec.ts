// Hostile texts on the pages, and hostile links to them. That the content security policy is kept and no other host is
// called is checked in every test, by the fixtures.

import type { Page } from '@playwright/test'
import { ask, createPipeline, expect, startLongRun, startRunOf, test, visit, waitForStatus } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock has texts of its own')
// The user and the organization get hostile names.
test.use({ ownServer: 'hostile' })

const MARKUP = '<img src=x onerror=alert(1)><svg onload=alert(2)>{{ 7 * 7 }}'
const LINKS =
  'javascript:alert(1) https://evil.example/ [link](https://evil.example/) <a href=https://evil.example/>x</a>'

/** A pipeline whose names, log and output have these texts. */
const hostile = (text: string) => ({
  name: text,
  description: text,
  output_stage_id: 'keep',
  stages: [
    { id: 'say', component: 'logger', config: { message: '{{ input.value }}' } },
    { id: 'keep', component: 'variable_set', depends_on: ['say'], config: { name: 'v', value: '{{ input.value }}' } },
  ],
})

const pagesOf = (pipeline: string, run: string) => [
  '/',
  '/pipelines',
  `/pipelines/${pipeline}`,
  `/pipelines/${pipeline}?edit=true`,
  `/pipelines/${pipeline}?tab=versions`,
  `/pipelines/${pipeline}?run=true`,
  `/pipelines/${pipeline}/compare`,
  '/runs',
  `/runs/${run}`,
  `/runs/${run}?tab=logs`,
  `/runs/${run}?tab=events`,
  `/runs/${run}?tab=result`,
  `/runs/${run}?stage=say&view=input`,
  '/settings',
  '/settings/members',
]

/** Opens the pages one after the other and looks at each when it is there. */
async function onEach(page: Page, paths: readonly string[], look: (path: string) => Promise<void>) {
  for (const path of paths) {
    await visit(page, path)
    await page.waitForLoadState('networkidle').catch(() => {})
    await look(path)
  }
}

/** Runs such a pipeline; the user and the organization have the text as their names, too. */
async function ranWith(page: Page, text: string) {
  await visit(page, '/')
  const names =
    'mutation ($n: String!) { updateProfile(input: { name: $n, organizationName: $n }) { viewer { role } } }'
  await ask(page, names, { n: text.slice(0, 60) })
  const pipeline = await createPipeline(page, hostile(text))
  const run = await startRunOf(page, pipeline, { value: text })
  await waitForStatus(page, run, 'SUCCEEDED')
  return { pipeline, run }
}

test('F01 markup and templates in names, logs and outputs are shown as text', async ({ page }) => {
  test.setTimeout(120_000)
  let dialogs = 0
  page.on('dialog', (dialog) => {
    dialogs++
    void dialog.dismiss()
  })
  const { pipeline, run } = await ranWith(page, MARKUP)
  await onEach(page, pagesOf(pipeline, run), async (path) => {
    await expect(page.locator('[onerror], [onload], img[src="x"]'), path).toHaveCount(0)
  })
  expect(dialogs).toBe(0)
  await visit(page, '/pipelines')
  await expect(page.getByRole('main')).toContainText(MARKUP)
  await visit(page, `/runs/${run}?tab=result`)
  await expect(page.getByRole('tabpanel', { name: 'Result' })).toContainText('<img src=x onerror=alert(1)>')
})

test('F05 no link of the dashboard leads to another site, whatever the texts are', async ({ page }) => {
  test.setTimeout(120_000)
  const { pipeline, run } = await ranWith(page, LINKS)
  await onEach(page, pagesOf(pipeline, run), async (path) => {
    const away = await page.evaluate(() =>
      Array.from(document.querySelectorAll('a[href]'), (link) => (link as HTMLAnchorElement).href).filter(
        (href) => new URL(href).origin !== location.origin,
      ),
    )
    expect(away, path).toEqual([])
  })
})

test('F06 a link with orders opens its page and changes nothing', async ({ page, workspace }) => {
  test.setTimeout(120_000)
  await visit(page, '/')
  const run = await startLongRun(page)
  const sent: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'GET') return
    const path = new URL(request.url()).pathname
    // Both only say what there is.
    if (path === '/auth/methods' || path.endsWith('/preview')) return
    const { query } = (request.postDataJSON() ?? {}) as { query?: string }
    if (path !== '/graphql' || query === undefined || /(^|\n)\s*mutation\b/.test(query)) sent.push(request.url())
  })
  const orders = [
    `/pipelines/${workspace.pipeline}?run=true&start=true&confirm=1`,
    `/pipelines/${workspace.pipeline}?delete=true&confirm=1`,
    `/pipelines/${workspace.pipeline}?tab=versions&restore=1&publish=1`,
    `/runs/${run}?cancel=true&retry=true&approve=1`,
    '/settings/members?remove=1',
    '/device?user_code=BBBB-BBBB&approve=1',
    '/sign-up/confirm?confirm=1#token=fme_x',
    '/mail/unsubscribe/x?confirm=1',
  ]
  await onEach(page, orders, async () => {})
  expect(sent).toEqual([])
  const query = 'query ($id: ID!) { run(id: $id) { status } }'
  const { run: found } = await ask<{ run: { status: string } }>(page, query, { id: run })
  expect(found.status).not.toBe('CANCELLED')
})
