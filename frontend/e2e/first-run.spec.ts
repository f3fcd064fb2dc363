// The first run of a new user: a link from the terminal, an example, a run to watch, the server killed in the middle,
// and the run that finishes nevertheless.

import { test as base } from '@playwright/test'
import { ask, expect, expectKept, guard, ready } from './fixtures.ts'
import { Server } from './server.ts'

base(
  'somebody new signs in, runs an example, kills the server in the middle and sees the run finish',
  async ({ browser }) => {
    base.setTimeout(80_000)
    const server = new Server()
    await server.start()
    const context = await browser.newContext({ baseURL: server.origin })
    const guards = await guard(context, server.origin)
    const page = await context.newPage()
    try {
      await page.goto(await server.signInLink())
      await ready(page)
      await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible()
      expect(page.url(), 'the token does not stay in the address').not.toContain('token')

      await page.getByRole('button', { name: /^Use this example: support.inbox/i }).click()
      const dialog = page.getByRole('dialog')
      await expect(dialog).toBeVisible()
      await expect(page.locator('[data-stage]').first()).toBeVisible()
      await dialog.getByRole('button', { name: 'Start the run' }).click()
      await expect(page).toHaveURL(/\/runs\/run_/)

      // The canvas updates stage by stage: one has ended while another is running.
      await expect(page.locator('[data-stage][data-status=succeeded]').first()).toBeVisible()
      await expect(page.locator('[data-stage][data-status=running]').first()).toBeVisible()

      // Streaming text, in a model stage that is selected before it runs.
      await page.locator('[data-stage="summary"], [data-stage="draft-reply"]').first().focus()
      await page.keyboard.press('Enter')
      const stream = page.getByTestId('stream')
      await expect(stream).toHaveText(/\w+ \w+/, { timeout: 30_000 })
      const soFar = (await stream.innerText()).length
      await expect.poll(async () => (await stream.innerText()).length).toBeGreaterThan(soFar)

      await server.kill()
      await expect(page.getByText('Reconnecting').first()).toBeVisible()
      await expect(page.locator('[data-stage]').first(), 'the page stays as it was').toBeVisible()
      await expect(page.getByRole('alert')).toHaveCount(0)

      await server.start()
      await expect(page.getByTestId('run-status').getByText('Succeeded')).toBeVisible({ timeout: 30_000 })
      await expect(page.locator('[data-stage][data-status=running]')).toHaveCount(0)
      await expect(page.locator('[data-stage][data-status=failed]')).toHaveCount(0)
      await expect(page.getByText('Reconnecting')).toHaveCount(0)

      // The journal has no gap and no repeat, even across the kill.
      const { run } = await ask<{ run: { events: { seq: number; type: string }[] } }>(
        page,
        'query ($id: ID!) { run(id: $id) { events(first: 1000) { seq type } } }',
        { id: /run_\w+/.exec(page.url())?.[0] },
      )
      expect(run.events.map((event) => event.seq)).toEqual(run.events.map((_, index) => index + 1))
      expect(run.events.at(-1)?.type).toBe('run.finished')
      await expect(page.getByRole('tab', { name: /^Events/ })).toHaveText(`Events${run.events.length}`)
      expectKept(guards)
    } finally {
      await context.close()
      await server.remove()
    }
  },
)
