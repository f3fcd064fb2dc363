// Regression tests: each states the rule behind a bug that was fixed.

import { writeFileSync } from 'node:fs'
import type { Page, Request } from '@playwright/test'
import {
  ask,
  createPipeline,
  expect,
  expectKept,
  guard,
  ready,
  startLongRun,
  startRunOf,
  test,
  visit,
} from './fixtures.ts'
import { Server, real } from './server.ts'

/** Drops a file on an element as a browser does; returns whether the page handled the event. */
function drop(page: Page, selector: string, name: string, text: string): Promise<boolean> {
  return page.evaluate(
    ([where, fileName, content]) => {
      const data = new DataTransfer()
      data.items.add(new File([content], fileName, { type: 'application/json' }))
      const target = document.querySelector(where)
      if (!target) throw new Error(`nothing is ${where}`)
      const send = (type: string) => {
        const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data })
        target.dispatchEvent(event)
        return event.defaultPrevented
      }
      send('dragover')
      return send('drop')
    },
    [selector, name, text] as const,
  )
}

const versions = async (page: Page, id: string) =>
  (
    await ask<{ pipeline: { versions: { edges: unknown[] } } }>(
      page,
      'query ($id: ID!) { pipeline(id: $id) { versions(first: 10) { edges { node { number } } } } }',
      { id },
    )
  ).pipeline.versions.edges.length

const hello = (name: string, extra: object[] = []) => ({
  name,
  stages: [{ id: 'a', component: 'json_transform', config: { data: { a: 1 }, expression: 'data' } }, ...extra],
})

test('a file dropped into the run dialog is its input and not a new version', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, hello('drops'))
  await visit(page, `/pipelines/${id}?run=true`)
  await expect(page.getByRole('dialog')).toBeVisible()
  await drop(page, '#run-form', 'other.pipeline.json', JSON.stringify(hello('other')))
  await expect(page.getByRole('dialog').getByText('other.pipeline.json')).toBeVisible()
  // Also outside the form, on the frame of the dialog.
  await drop(page, '[role=dialog] header', 'third.pipeline.json', JSON.stringify(hello('third')))
  await expect(page.getByRole('dialog')).toBeVisible()
  await expect(page.getByText('The version was not saved')).toHaveCount(0)
  expect(await versions(page, id)).toBe(1)
})

test('a file dropped outside every drop zone does not replace the page', async ({ page }) => {
  await visit(page, '/runs')
  expect(await drop(page, 'main', 'x.json', '{}')).toBe(true)
  await expect(page).toHaveURL(/\/runs$/)
})

test('skipped stages are never counted among those that ran', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, {
    name: 'branches',
    stages: [
      {
        id: 'if',
        component: 'conditional',
        config: { condition: '{{input.yes}}', true_stages: ['yes'], false_stages: ['no'] },
      },
      { id: 'yes', component: 'json_transform', config: { data: { a: 1 }, expression: 'data' } },
      { id: 'no', component: 'json_transform', config: { data: { a: 2 }, expression: 'data' } },
    ],
  })
  await visit(page, `/runs/${await startRunOf(page, id, { yes: true })}`)
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('2 stages ran, 1 was skipped')
})

test('a finished run plays from its start to its end', async ({ page }) => {
  await visit(page, '/')
  const stages = [1, 2, 3].map((at) => ({
    id: `nap-${at}`,
    component: 'wait',
    depends_on: at === 1 ? [] : [`nap-${at - 1}`],
    config: { seconds: 0.3 },
  }))
  const run = await startRunOf(page, await createPipeline(page, { name: 'naps', stages }))
  await visit(page, `/runs/${run}`)
  await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible()
  const seen: number[] = []
  await page.getByRole('button', { name: 'Play from the start' }).click()
  await expect
    .poll(
      async () => {
        const at = Number(new URL(page.url()).searchParams.get('at') ?? 0)
        if (at > 0 && at !== seen.at(-1)) seen.push(at)
        return seen.length
      },
      { intervals: [30] },
    )
    .toBeGreaterThan(3)
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
  await expect(page).not.toHaveURL(/at=/)
})

test('the key F and the button lead to the same failure, the one that made the run fail', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, {
    name: 'two-failures',
    stages: [
      { id: 'guard', component: 'trycatch', config: { try_stages: ['caught'], catch_stages: ['mend'] } },
      { id: 'caught', component: 'http_request', config: { url: 'http://127.0.0.1:9/', method: 'GET' } },
      { id: 'mend', component: 'json_transform', config: { data: { a: 1 }, expression: 'data' } },
      { id: 'fatal', component: 'http_request', depends_on: ['guard'], config: { url: 'http://127.0.0.1:9/' } },
    ],
  })
  const run = await startRunOf(page, id)
  await visit(page, `/runs/${run}`)
  await expect(page.getByTestId('run-status').getByText('Failed')).toBeVisible({ timeout: 20_000 })
  await expect(page.getByText('caught by guard')).toBeVisible()
  await page.getByRole('button', { name: 'Show the stage' }).click()
  await expect(page).toHaveURL(/stage=fatal/)
  await page.keyboard.press('Escape')
  await expect(page).not.toHaveURL(/stage=/)
  await page.keyboard.press('f')
  await expect(page).toHaveURL(/stage=fatal/)
  await page.keyboard.press('f')
  await expect(page).toHaveURL(/stage=guard(%2F|\/)try/)
})

test('the picker steps through the items of a loop, also through failed ones only', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, {
    name: 'items',
    stages: [
      {
        id: 'each',
        component: 'foreach',
        config: { items: '{{input.rows}}', item_variable: 'row', loop_stages: ['half', 'twice'] },
      },
      { id: 'half', component: 'json_transform', config: { data: { n: '{{context.row}}' }, expression: 'data' } },
      {
        id: 'twice',
        component: 'json_transform',
        depends_on: ['half'],
        config: { data: { n: '{{upstream.half}}' }, expression: 'data' },
      },
    ],
  })
  await visit(page, `/runs/${await startRunOf(page, id, { rows: [1, 2, 3] })}?stage=each%5B0%5D%2Fhalf`)
  const picker = page.getByRole('group', { name: 'Item of this stage' })
  await expect(picker).toContainText('Item 1 of 3')
  await expect(picker.getByRole('button', { name: 'Previous item' })).toBeDisabled()
  await picker.getByRole('button', { name: 'Next item' }).click()
  await expect(picker).toContainText('Item 2 of 3')
  await expect(page).toHaveURL(/each%5B1%5D/)
  // In the timeline each item is a row, with its stages indented below.
  const timeline = page.getByRole('region', { name: 'Timeline' })
  await expect(timeline.locator('[data-address="each[1]"]')).toHaveText(/Item 2/)
  await expect(timeline.locator('[data-address="each[1]/half"]')).toHaveAttribute('data-depth', '2')
})

test('a pipeline of thirteen stages opens as a whole', async ({ page }) => {
  await visit(page, '/')
  const step = (at: number, on: number[]) => ({
    id: `step-${at}`,
    component: 'json_transform',
    config: { data: { a: 1 }, expression: 'data' },
    depends_on: on.map((each) => `step-${each}`),
  })
  const stages = [
    step(1, []),
    ...[2, 3, 4, 5].map((at) => step(at, [1])),
    ...[6, 7, 8, 9].map((at) => step(at, [at - 4])),
    step(10, [6, 7, 8, 9]),
    step(11, [10]),
    step(12, [11]),
    step(13, [12]),
  ]
  await visit(page, `/pipelines/${await createPipeline(page, { name: 'thirteen', stages })}`)
  await expect(page.locator('[data-stage]')).toHaveCount(13)
  for (const each of await page.locator('[data-stage]').all()) await expect(each).toBeInViewport({ ratio: 0.99 })
  // Everything is in view, so there is no hint about hidden stages.
  await expect(page.getByText('Show everything')).toHaveCount(0)
  for (let round = 0; round < 4; round++) await page.getByRole('button', { name: 'Zoom in' }).click()
  await expect(page.getByText('Show everything')).toBeVisible()
})

test('text typed as JSON is kept after switching to the form and back', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, {
    ...hello('forms'),
    input_schema: { type: 'object', properties: { name: { type: 'string' }, times: { type: 'integer' } } },
  })
  await visit(page, `/pipelines/${id}?run=true`)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('tab', { name: 'JSON' }).click()
  await dialog.getByRole('textbox', { name: 'Input' }).fill('{"name": "Bo", "times": 3, "more": [1]}')
  await dialog.getByRole('tab', { name: 'Form' }).click()
  await expect(dialog.getByLabel(/^name/)).toHaveValue('Bo')
  await expect(dialog.getByText('Also sent, from the JSON: more.')).toBeVisible()
  await dialog.getByRole('tab', { name: 'JSON' }).click()
  expect(JSON.parse(await dialog.getByRole('textbox', { name: 'Input' }).inputValue())).toEqual({
    name: 'Bo',
    times: 3,
    more: [1],
  })
  await dialog.getByRole('textbox', { name: 'Input' }).fill('{"name": ')
  await dialog.getByRole('tab', { name: 'Form' }).click()
  await expect(dialog.getByText(/This is not valid JSON/)).toBeVisible()
  await expect(dialog.getByRole('textbox', { name: 'Input' })).toHaveValue('{"name": ')
})

test("an imported file has the document's name, not the file's", async ({ page }, info) => {
  const file = info.outputPath('a-file.pipeline.json')
  writeFileSync(file, JSON.stringify(hello('Name of the document')))
  await visit(page, '/welcome')
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file' }).click()
  await (await chooser).setFiles(file)
  await expect(page.getByRole('heading', { level: 1, name: 'Name of the document' })).toBeVisible()
})

test('a phone has the search and the menu of the organization', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await visit(page, '/runs')
  await page.getByRole('button', { name: 'Find anything' }).click()
  await expect(page.getByRole('combobox', { name: 'Find anything' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /organization and your settings/ }).click()
  await expect(page.getByRole('menuitem', { name: 'Sign out' })).toBeVisible()
})

test('a log line has a link, and the levels filter the list', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, {
    name: 'logs',
    stages: ['info', 'warning', 'error'].map((level, at) => ({
      id: `say-${level}`,
      component: 'logger',
      depends_on: at === 0 ? [] : [`say-${['info', 'warning'][at - 1]}`],
      config: { message: `a line of ${level}`, level },
    })),
  })
  await visit(page, `/runs/${await startRunOf(page, id)}?tab=logs`)
  const logs = page.getByRole('region', { name: 'Logs' })
  await expect(logs.getByText('a line of error')).toBeVisible()
  await page.getByRole('group', { name: 'Level' }).getByRole('button', { name: 'Errors' }).click()
  await expect(logs.getByText('a line of info')).toHaveCount(0)
  await expect(logs.getByText('a line of error')).toBeVisible()
  await logs.getByText('a line of error').hover()
  await logs.getByRole('button', { name: 'Copy a link to this line' }).click()
  await expect(page).toHaveURL(/line=/)
  await page.reload()
  await ready(page)
  await expect(logs.locator('[aria-current=true]')).toContainText('a line of error')
})

test('a page that was not loaded when the server went away opens automatically when it is back', async ({ page }) => {
  await page.route('**/assets/settings-*', (route) => route.abort())
  await page.route('**/healthz', (route) => route.abort())
  await visit(page, '/runs')
  await page.getByRole('link', { name: 'Settings' }).first().click()
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached')
  await page.unroute('**/healthz')
  await page.unroute('**/assets/settings-*')
  await expect(page.getByRole('heading', { name: 'API keys' })).toBeVisible()
})

test('pages are preloaded, so that they open without the server', async ({ page }) => {
  const isAsset = (request: Request) => request.url().includes('/assets/')
  const loading = new Set<Request>()
  let changed = Date.now()
  page.on('request', (request) => {
    if (!isAsset(request)) return
    loading.add(request)
    changed = Date.now()
  })
  const ended = (request: Request) => {
    if (loading.delete(request)) changed = Date.now()
  }
  page.on('requestfinished', ended)
  page.on('requestfailed', ended)
  const ahead = page.waitForResponse(/assets\/settings-.*\.js/)
  await visit(page, '/runs')
  await (await ahead).finished()
  // What the page imports loads with it and after it. The browser counts the network as idle once only, before that.
  await expect.poll(() => loading.size === 0 && Date.now() - changed > 1500).toBe(true)
  await page.route('**/assets/**', (route) => route.abort())
  await page.getByRole('link', { name: 'Settings' }).first().click()
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
})

test('while the server is unreachable nothing says Live and no elapsed time advances', async ({ browser }) => {
  test.skip(!real, 'the mock ends its runs by time')
  const server = new Server()
  await server.start()
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const guards = await guard(context, server.origin)
  const page = await context.newPage()
  try {
    await page.goto(await server.signInLink())
    await ready(page)
    await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible()
    await visit(page, `/runs/${await startLongRun(page)}`)
    await expect(page.getByText('Live').first()).toBeVisible()
    await server.kill()
    await expect(page.getByText('Reconnecting').first()).toBeVisible()
    await expect(page.getByText('Live', { exact: true })).toHaveCount(0)
    const time = page.getByTestId('run-time')
    const stopped = await time.innerText()
    const until = Date.now() + 1200
    await expect.poll(() => Date.now() > until).toBe(true)
    expect(await time.innerText()).toBe(stopped)
    await server.start()
    await expect(page.getByText('Live').first()).toBeVisible()
    await expect(time).not.toHaveText(stopped)
    expectKept(guards)
  } finally {
    await context.close()
    await server.remove()
  }
})
