// Managing pipelines and runs: delete, restore, rename, find, filter, save views; and the home page.

import {
  waitForStatus,
  createPipeline,
  expect,
  expectAccessible,
  failing,
  startRunOf,
  test,
  visit,
} from './fixtures.ts'

const hello = (name: string, extra: object = {}) => ({
  name,
  stages: [{ id: 'a', component: 'json_transform', config: { data: { a: 1 }, expression: 'data' } }],
  ...extra,
})
test('a pipeline is deleted with an undo, listed among deleted pipelines and restored', async ({ page }) => {
  await visit(page, '/')
  await createPipeline(page, hello('short-lived'))
  await visit(page, '/pipelines')
  const remove = async () => {
    await page.getByRole('button', { name: 'Actions for short-lived' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await expect(page.getByText(/short-lived was deleted/)).toBeVisible()
    await expect(page.getByRole('link', { name: 'short-lived', exact: true })).toHaveCount(0)
  }
  await remove()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('link', { name: 'short-lived', exact: true })).toBeVisible()
  await remove()
  await page.getByRole('link', { name: 'Deleted pipelines' }).click()
  const row = page.getByRole('main').getByRole('listitem').filter({ hasText: 'short-lived' })
  await expect(row).toContainText(/Deleted by .* removed for good in 30 days/)
  await expectAccessible(page, { both: true })
  await page.getByRole('link', { name: 'short-lived', exact: true }).click()
  await expect(page.getByText(/This pipeline is deleted/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toHaveCount(0)
  await page.getByRole('button', { name: 'Restore' }).click()
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeVisible()
})

test('a pipeline is renamed, and then uses the name in its file again', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, hello('from-the-file'))
  await visit(page, `/pipelines/${id}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Ours now')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Rename' }).click()
  await expect(page.getByRole('heading', { name: 'Ours now' })).toBeVisible()
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await dialog.getByRole('button', { name: 'Use the name in the file' }).click()
  await expect(page.getByRole('heading', { name: 'from-the-file' })).toBeVisible()
})

test('two pipelines with the same name are distinguished by their short ids', async ({ page }) => {
  await visit(page, '/')
  const ids = [await createPipeline(page, hello('twin')), await createPipeline(page, hello('twin'))]
  await visit(page, '/pipelines?search=twin')
  const shown = page.getByTestId('short-id')
  await expect(shown).toHaveCount(2)
  for (const text of await shown.allTextContents()) expect(ids.some((id) => id.endsWith(text))).toBe(true)
})

test('an empty pipeline opens in the editor, and the first save is its second version', async ({ page }) => {
  await visit(page, '/welcome')
  await page.getByLabel('Name of the new pipeline').fill('from-nothing')
  await page.getByRole('button', { name: 'Create' }).click()
  const editor = page.getByRole('textbox', { name: 'Source of the next version' })
  await expect(editor).toBeFocused()
  await expect(page.getByText('No stages').first()).toBeVisible()
  await expectAccessible(page)
  await page.keyboard.press('ControlOrMeta+a')
  await page.evaluate((text) => navigator.clipboard.writeText(text), JSON.stringify(hello('from-nothing'), null, 2))
  await page.keyboard.press('ControlOrMeta+v')
  await page.keyboard.press('ControlOrMeta+s')
  const dialog = page.getByRole('dialog', { name: 'Save as version 2' })
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Version 2 was saved.')).toBeVisible()
  await expect(page.locator('[data-stage="a"]')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeVisible()
})

test('runs are filtered by text, status and inverted status in the URL, and the filter is saved as a view', async ({
  page,
}) => {
  await visit(page, '/')
  const good = await createPipeline(page, hello('Crème-report'))
  const bad = await createPipeline(page, failing('gateway'))
  await startRunOf(page, good)
  await waitForStatus(page, await startRunOf(page, bad), 'FAILED')
  await visit(page, '/runs')
  const rows = page.locator('a[data-row]')
  await page.getByPlaceholder('Pipeline, error, person or id').fill('creme')
  await expect(page).toHaveURL(/q=creme/)
  await expect(rows).toHaveCount(1)
  await page.getByRole('button', { name: 'Clear', exact: true }).click()

  await page.getByRole('button', { name: 'Status', exact: true }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Failed' }).click()
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/status=FAILED/)
  await expect(rows.filter({ hasText: 'gateway' })).toHaveCount(1, { timeout: 20_000 })
  await expect(rows.filter({ hasText: 'Crème-report' })).toHaveCount(0)
  await expectAccessible(page, { both: true })

  await page.getByRole('button', { name: 'Status is: invert' }).click()
  await expect(page).toHaveURL(/notStatus=FAILED/)
  await expect(rows.filter({ hasText: 'Crème-report' })).toHaveCount(1)
  await expect(rows.filter({ hasText: 'gateway' })).toHaveCount(0)

  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('menuitem', { name: 'Save this filter' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Everything but failures')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  // A page that is left before the answer may take the request with it.
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await visit(page, '/runs')
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Everything but failures' }).click()
  await expect(page).toHaveURL(/notStatus=FAILED/)
  await page.getByRole('button', { name: 'Everything but failures' }).click()
  await page.getByRole('menuitem', { name: 'Delete this view' }).click()
  await expect(page.getByRole('button', { name: 'Views' })).toBeVisible()
})

test('a saved view keeps the last 24 hours relative', async ({ page }) => {
  await visit(page, '/runs?since=24h&status=FAILED')
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('menuitem', { name: 'Save this filter' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Failed since yesterday')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('button', { name: 'Failed since yesterday' })).toBeVisible()
  await visit(page, '/runs')
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Failed since yesterday' }).click()
  await expect(page).toHaveURL(/since=24h/)
  await expect(page.getByRole('group', { name: 'Filters' }).getByText('Last 24 hours')).toBeVisible()
  await page.getByRole('button', { name: 'Failed since yesterday' }).click()
  await page.getByRole('menuitem', { name: 'Delete this view' }).click()
  await expect(page.getByText('The view Failed since yesterday was deleted.')).toBeVisible()
})

test('text typed into a search while a response is pending is not lost', async ({ page }) => {
  await visit(page, '/pipelines')
  const field = page.getByPlaceholder('Find by name')
  await field.pressSequentially('zebra crossing', { delay: 120 })
  await expect(field).toHaveValue('zebra crossing')
  await expect(page).toHaveURL(/search=zebra/)
  await expect(page.getByText('No pipeline name contains “zebra crossing”.')).toBeVisible()
  await page.getByRole('button', { name: 'Clear the search' }).click()
  await expect(field).toHaveValue('')
  await page.goBack()
  await page.goForward()
  await expect(page).toHaveURL(/pipelines$/)
})

test('the trends on the home page are kept up to date', async ({ page }) => {
  await visit(page, '/')
  const chart = page.getByRole('region', { name: 'Last 24 hours' })
  const figure = chart.getByText(/^[\d,]+ runs?$/)
  await expect(figure).toBeVisible()
  const before = Number((await figure.textContent())?.replace(/\D/g, ''))
  const id = await createPipeline(page, hello('counted'))
  await startRunOf(page, id)
  await startRunOf(page, id)
  await expect
    .poll(async () => Number((await figure.textContent())?.replace(/\D/g, '')), { timeout: 30_000 })
    .toBeGreaterThanOrEqual(before + 2)
})

test('on a phone nothing in the header is truncated, and the save button is in reach', async ({ page, workspace }) => {
  await page.setViewportSize({ width: 360, height: 640 })
  await visit(page, '/pipelines?deleted=true')
  const crumb = page.getByRole('heading', { level: 1, name: 'Deleted' })
  await expect(crumb).toBeVisible()
  expect(await crumb.evaluate((element) => element.scrollWidth <= element.clientWidth), 'the crumb is whole').toBe(true)
  await visit(page, `/pipelines/${workspace.pipeline}?edit=true`)
  await page.getByRole('textbox', { name: 'Source of the next version' }).click()
  await page.keyboard.type(' ')
  for (const name of [/^Save as version/, 'Discard']) {
    const button = page.getByRole('button', { name })
    await expect(button).toBeInViewport({ ratio: 1 })
    // Not covered by the navigation bar: the element at its center is the button itself.
    const [box, bar] = [
      await button.boundingBox(),
      await page.getByRole('navigation', { name: 'Main' }).last().boundingBox(),
    ]
    if (!box || !bar) throw new Error('nothing is drawn')
    expect(box.y + box.height).toBeLessThanOrEqual(bar.y)
  }
})

test('the home page shows what needs attention, with the stage, and the trends of the last day and month', async ({
  page,
}) => {
  await visit(page, '/')
  const id = await createPipeline(page, failing('price-gateway'))
  const run = await startRunOf(page, id)
  await waitForStatus(page, run, 'FAILED')
  await visit(page, '/')
  const needs = page.getByRole('region', { name: 'Needs attention' })
  await expect(needs.getByRole('link', { name: /price-gateway, failed run/ })).toBeVisible()
  for (const title of ['Last 24 hours', 'Last 30 days']) {
    const chart = page.getByRole('region', { name: title })
    await expect(chart.getByText(/\d+ runs?$/).first()).toBeVisible()
    await expect(chart.getByRole('link', { name: /\d failed/ })).toBeVisible()
  }
  await expectAccessible(page, { both: true })
  await needs.getByRole('link', { name: 'fetch', exact: true }).first().click()
  await expect(page).toHaveURL(new RegExp(`/runs/run_.*stage=fetch`))
  await expect(page.getByRole('complementary', { name: 'Inspector' }).getByText('The stage failed')).toBeVisible()
})

test('a chart on the home page is operated by keyboard and by pointer', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, hello('charted'))
  await waitForStatus(page, await startRunOf(page, id), 'SUCCEEDED')
  await visit(page, '/')
  const chart = page.getByRole('region', { name: 'Last 24 hours' })
  const bars = chart.getByRole('slider', { name: 'Hour' })
  const last = Number(await bars.getAttribute('aria-valuemax'))
  await expect(bars).toHaveAttribute('aria-valuetext', /\d+:00.*: \d+ succeeded/)
  // The last hour is selected at first; the keys move from it, and the line below has the same text.
  await bars.press('ArrowLeft')
  await expect(bars).toHaveAttribute('aria-valuenow', String(last - 1))
  // The hour before may have runs of other tests; the oldest one is before all of them.
  await bars.press('Home')
  await expect(bars).toHaveAttribute('aria-valuenow', '0')
  await expect(bars).toHaveAttribute('aria-valuetext', /no runs/)
  await expect(chart.getByRole('link')).toHaveCount(0)
  await bars.press('End')
  await expect(chart.getByRole('link', { name: /succeeded/ })).toHaveText(
    (await bars.getAttribute('aria-valuetext')) ?? '',
  )
  await bars.press('Enter')
  await expect(page).toHaveURL(/\/runs\?.*since=/)
  await expect(page.locator('a[data-row]').first()).toBeVisible()

  await page.goBack()
  const box = await bars.boundingBox()
  if (!box) throw new Error('nothing is drawn')
  await page.mouse.move(box.x + 2, box.y + box.height / 2)
  await expect(bars).toHaveAttribute('aria-valuenow', '0')
  await page.mouse.click(box.x + box.width - 2, box.y + box.height / 2)
  await expect(page).toHaveURL(/\/runs\?.*since=/)
})
