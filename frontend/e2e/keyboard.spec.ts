// The whole first run without a pointer, and at a zoom of 200 percent.

import type { Page } from '@playwright/test'
import {
  ask,
  cancelByKey,
  createPipeline,
  expect,
  expectAccessible,
  startLongRun,
  startRunOf,
  startRun,
  stageOf,
  test,
  visit,
} from './fixtures.ts'

/** Presses Tab until the element has the focus, and checks that every stop on the way is visible. */
async function tabTo(page: Page, name: RegExp, most = 40) {
  for (let press = 0; press < most; press++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluateHandle(() => document.activeElement)
    const state = () =>
      stop.evaluate((element) => {
        if (!element || element === document.body) return null
        const box = element.getBoundingClientRect()
        return {
          name: element.getAttribute('aria-label') ?? element.textContent ?? '',
          seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
          ring: getComputedStyle(element).outlineStyle !== 'none' || element.tagName === 'INPUT',
        }
      })
    const focused = await state()
    if (!focused) continue
    // A view that is moving comes to the focused element within a few frames. An element that goes meanwhile, such as
    // Cancel when the run ends, has given the focus to another one.
    const seen = async () => (await stop.evaluate((element) => element?.isConnected)) === false || (await state())?.seen
    await expect.poll(seen, { message: `"${focused.name}" has the focus and is not in view` }).toBe(true)
    expect(focused.ring, `"${focused.name}" has the focus and does not show it`).toBe(true)
    if (name.test(focused.name)) return
  }
  throw new Error(`${most} times Tab and not at ${name}`)
}

test('the first run is made by keyboard only', async ({ page }) => {
  await visit(page, '/welcome')
  await expect(page.getByRole('button', { name: /^Use this example/ }).first()).toBeVisible()
  await tabTo(page, /^Skip to the page$/, 1)
  await page.keyboard.press('Enter')
  await tabTo(page, /^Use this example: support.inbox/i, 4)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await expect(dialog).toBeVisible()
  await expect(dialog.getByRole('textbox').first()).toBeFocused()
  await tabTo(page, /^Start the run$/)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/runs\/run_/)
  await expect(stageOf(page, 'open')).toBeVisible()

  // The canvas is one tab stop; the arrow keys move from there.
  await tabTo(page, /^open/)
  await page.keyboard.press('ArrowRight')
  await expect(stageOf(page, 'each')).toBeFocused()
  await page.keyboard.press('ArrowLeft')
  await expect(stageOf(page, 'open')).toBeFocused()
  await page.keyboard.press('Enter')
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  await expect(inspector).toBeFocused()
  await expect(inspector.getByRole('heading', { name: 'open' })).toBeVisible()
  await tabTo(page, /^Output$/, 3)
  await page.keyboard.press('ArrowRight')
  await expect(inspector.getByRole('tab', { name: 'Input' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(stageOf(page, 'open')).toBeFocused()
  await visit(page, `/runs/${await startLongRun(page)}`)
  await expect(stageOf(page, 'nap')).toBeVisible()
  await cancelByKey(page)
  await expect(page.getByTestId('run-status').getByText('Cancelled')).toBeVisible()
})

test('the view does not follow the run away from the stage that has the keyboard focus', async ({ page }) => {
  await visit(page, '/')
  const wait = (id: string, seconds: number, on: string) => ({
    id,
    component: 'wait',
    config: { seconds },
    depends_on: [on],
  })
  const log = (id: string, on: string[]) => ({
    id,
    component: 'logger',
    config: { message: 'x', level: 'info' },
    depends_on: on,
  })
  const chain = Array.from({ length: 90 }, (_, at) => log(`step-${at}`, [at === 0 ? 'soon' : `step-${at - 1}`]))
  const stages = [log('first', []), wait('soon', 8, 'first'), ...chain, wait('late', 60, 'step-89')]
  const pipeline = await createPipeline(page, { name: 'long chain', stages })
  await visit(page, `/runs/${await startRunOf(page, pipeline)}`)
  await expect(stageOf(page, 'first')).toHaveAttribute('data-status', 'succeeded')
  await tabTo(page, /^first/)
  await expect(stageOf(page, 'late')).toHaveAttribute('data-status', 'waiting', { timeout: 30_000 })
  await expect(stageOf(page, 'first')).toBeInViewport({ ratio: 0.99 })
  await expect(stageOf(page, 'late')).not.toBeInViewport()
  await cancelByKey(page)
})

test('j and k move through the members and on to the invitations, and Tab reaches what a row offers', async ({
  page,
}) => {
  await visit(page, '/')
  await ask(page, 'mutation { createInvitation(input: { role: VIEWER, email: "row@example.test" }) { path } }')
  await visit(page, '/settings/members')
  const members = page.getByRole('list', { name: 'Members' }).getByRole('listitem')
  const invitations = page.getByRole('list', { name: 'Invitations' }).getByRole('listitem')
  await expect(invitations.first()).toContainText('row@example.test')
  await expect(members.first()).toBeVisible()
  await page.keyboard.press('j')
  await expect(members.first()).toBeFocused()
  expect(await members.first().evaluate((row) => getComputedStyle(row).outlineStyle)).not.toBe('none')
  await page.keyboard.press('k')
  await expect(members.first()).toBeFocused()
  for (const _ of await members.all()) await page.keyboard.press('j')
  await expect(invitations.first()).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(invitations.first().getByRole('button', { name: /^New link/ })).toBeFocused()
  await page.keyboard.press('k')
  await expect(members.last()).toBeFocused()
})

test('at twice the size everything is still there and nothing goes sideways', async ({ page, workspace }) => {
  // A window of 1440 by 900, zoomed to 200 percent.
  await page.setViewportSize({ width: 720, height: 450 })
  await visit(page, '/')
  const run = await startRun(page, workspace)
  for (const path of [
    '/',
    '/welcome',
    '/pipelines',
    `/pipelines/${workspace.pipeline}`,
    '/runs',
    `/runs/${run}`,
    '/settings',
  ]) {
    await visit(page, path)
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(720)
  }
  await visit(page, `/runs/${run}`)
  await expect(page.getByRole('slider', { name: 'Position in the journal' })).toBeVisible()
  await page.getByRole('slider', { name: 'Position in the journal' }).scrollIntoViewIfNeeded()
  await expect(page.getByRole('slider', { name: 'Position in the journal' })).toBeInViewport()
  await visit(page, `/runs/${await startLongRun(page)}`)
  await expect(stageOf(page, 'nap')).toBeVisible()
  await cancelByKey(page)
  await expect(page.getByTestId('run-status').getByText('Cancelled')).toBeVisible()
  await expectAccessible(page)
})
