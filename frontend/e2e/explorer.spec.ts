// The page for trying queries, which the program serves with --dev: it loads nothing from other hosts.

import { expect, expectAccessible, startRun, test } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock has no such page')

test('a query and a subscription run without a request to any other host', async ({ page, workspace }) => {
  await page.goto('/graphql')
  await page.waitForSelector('body[data-ready]')
  const answer = page.getByRole('region', { name: 'Response' })
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(answer).toContainText('"organization"')
  await expectAccessible(page)

  const query = page.getByRole('textbox', { name: 'Operation' })
  const send = async (text: string) => {
    await query.press('Control+a')
    await query.press('Delete')
    await page.keyboard.insertText(text)
    await query.press('Control+Enter')
  }
  await send('subscription { runFeed { status } }')
  await expect(page.getByRole('status')).toHaveText('Listening')
  await startRun(page, workspace)
  await expect(answer).toContainText('"runFeed"')
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible()

  await send('{ viewer { nme } }')
  await expect(answer).toContainText('"errors"')
})
