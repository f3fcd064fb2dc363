// The page for trying queries, which the program shows with --dev: all of it comes from our own server.

import { expect, expectAccessible, startRun, test } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock has no such page')

test('a query and a subscription are tried without asking any other host', async ({ page, house }) => {
  await page.goto('/graphql')
  await page.waitForSelector('body[data-ready]')
  const answer = page.getByRole('region', { name: 'Answer' })
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(answer).toContainText('"organization"')
  await expectAccessible(page)

  const query = page.getByRole('textbox', { name: 'Operation' })
  await query.fill('subscription { runFeed { status } }')
  await query.press('Control+Enter')
  await expect(page.getByRole('status')).toHaveText('Listening')
  await startRun(page, house)
  await expect(answer).toContainText('"runFeed"')
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible()

  await query.fill('{ viewer { nme } }')
  await query.press('Control+Enter')
  await expect(answer).toContainText('"errors"')
})
