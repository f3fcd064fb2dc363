// A domain of the organization from the claim to the proof and the removal. Needs the program: the mock looks nothing up.

import type { Page } from '@playwright/test'
import { expect, expectAccessible, test as base, visit } from './fixtures.ts'
import { NameServer } from './name-server.ts'
import { real } from './server.ts'

const test = base.extend<{}, { names: NameServer }>({
  names: [
    async ({}, use) => {
      const names = new NameServer()
      await names.start()
      await use(names)
      await names.stop()
    },
    { scope: 'worker' },
  ],
  env: [async ({ names }, use) => use({ FLOWMASON_NAME_SERVERS: names.address }), { scope: 'worker' }],
})

test.skip(!real, 'the mock looks no name up')

const NARROW = { width: 360, height: 720 }

async function fits(page: Page) {
  const before = page.viewportSize()
  await page.setViewportSize(NARROW)
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth)
  await expect.poll(wide, { message: `width of ${page.url()}` }).toBeLessThanOrEqual(NARROW.width)
  if (before) await page.setViewportSize(before)
}

test('a domain is claimed, proved by the record that is copied, and removed', async ({ page, names, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await visit(page, '/settings')
  await page.getByRole('main').getByRole('link', { name: 'Domains' }).click()
  await expect(page.getByText('No domains yet')).toBeVisible()
  await expectAccessible(page, { both: true })
  await fits(page)
  await page.getByRole('button', { name: 'Add the domain' }).click()
  await expect(page.getByLabel('Domain')).toHaveAccessibleDescription('Enter a domain, such as example.com.')
  for (const [wrong, why] of [
    ['https://example.com', 'without https://'],
    ['co.uk', 'public suffix'],
    ['gmail.com', 'a domain of your own'],
  ] as const) {
    await page.getByLabel('Domain').fill(wrong)
    await page.getByRole('button', { name: 'Add the domain' }).click()
    await expect(page.getByRole('alert')).toContainText(why)
  }
  await page.getByLabel('Domain').fill('Bücher.example')
  await page.getByRole('button', { name: 'Add the domain' }).click()
  const domain = page.getByRole('list', { name: 'Domains' }).getByRole('listitem')
  await expect(domain).toContainText('bücher.example (xn--bcher-kva.example)')
  await expect(domain).toContainText('Not proved yet')
  await expect(page.getByLabel('Domain', { exact: true })).toHaveValue('')

  const check = domain.getByRole('button', { name: 'Check now: bücher.example' })
  await check.click()
  await expect(domain.getByRole('status')).toContainText('found no TXT record with this name')
  await expectAccessible(page, { both: true })
  await fits(page)
  const copied = async (what: string) => {
    await domain.getByRole('button', { name: `Copy the ${what} of the record` }).click()
    return page.evaluate(() => navigator.clipboard.readText())
  }
  const [name, value] = [await copied('name'), await copied('value')]
  expect(name).toBe('_flowmason.xn--bcher-kva.example')
  names.records.set(name, ['v=other', value])
  // A check sooner than two seconds after another has its result.
  await expect(async () => {
    await check.click()
    await expect(domain).toContainText('Proved', { timeout: 1_000 })
  }).toPass()
  await expect(domain.getByRole('status')).toHaveCount(0)
  await expectAccessible(page, { both: true })

  await domain.getByRole('button', { name: 'Remove bücher.example' }).click()
  await expect(domain).toContainText('another organization can prove it.')
  await domain.getByRole('button', { name: 'Keep' }).click()
  await domain.getByRole('button', { name: 'Remove bücher.example' }).click()
  await domain.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByText('No domains yet')).toBeVisible()
})
