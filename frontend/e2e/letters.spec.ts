// The letter that asks for the approval of a publication: it arrives, is unsubscribed by its link, and turned on again
// in the settings. With a mail server.

import { ask, createPipeline, expect, expectAccessible, expectKept, guard, test as base, visit } from './fixtures.ts'
import { MailServer } from './mail-server.ts'
import { real } from './server.ts'

const test = base.extend<{}, { mail: MailServer }>({
  mail: [
    async ({}, use) => {
      const mail = new MailServer()
      await mail.start()
      await use(mail)
      await mail.stop()
    },
    { scope: 'worker' },
  ],
  env: [async ({ mail }, use) => use(mail.env), { scope: 'worker' }],
})
test.skip(!real, 'the mock sends no letters')
test.use({ ownServer: 'letters' })

const GRACE = 'grace@example.test'

test('a letter about a request is unsubscribed by its link, and turned on again in the settings', async ({
  page,
  server,
  browser,
  mail,
}) => {
  await visit(page, '/pipelines')
  const invite = 'mutation($email: String!) { createInvitation(input: {role: ADMIN, email: $email}) { path } }'
  await ask(page, invite, { email: GRACE })
  const context = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } })
  const guards = await guard(context, server.origin)
  const theirs = await context.newPage()
  await visit(theirs, await mail.link(GRACE, '/invitation'))
  await theirs.getByLabel('Your name').fill('Grace')
  await theirs.getByLabel('Password').fill('correct horse battery')
  await theirs.getByRole('button', { name: /^Join/ }).click()
  await expect(theirs.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()

  const pipeline = await createPipeline(page, {
    name: 'Nightly report',
    version: '1.0.0',
    stages: [{ id: 'one', component: 'variable_set', config: { name: 'x', value: 1 } }],
  })
  await ask(
    page,
    'mutation { updatePublicationSettings(input: {secondPerson: true}) { publicationSettings { secondPerson } } }',
  )
  const publish = `mutation($id: ID!) { publishPipeline(input: {pipelineId: $id, environment: PRODUCTION, versionNumber: 1}) { publication { status } } }`
  await ask(page, publish, { id: pipeline })
  const unsubscribe = await mail.link(GRACE, '/mail/unsubscribe')
  expect(await mail.link(GRACE, '/pipelines')).toContain(pipeline)

  // Whoever opens the link need not be signed in.
  const letters = theirs.getByRole('checkbox', { name: 'Requests to publish that wait for my approval' })
  await visit(theirs, '/settings')
  await expect(letters).toBeChecked()
  await visit(theirs, unsubscribe)
  await theirs.getByRole('button', { name: 'Send me no more letters' }).click()
  await expect(theirs.getByText('You get no more letters about requests.')).toBeVisible()
  await visit(theirs, '/settings')
  await expect(letters).not.toBeChecked()
  await expectAccessible(theirs, { both: true })
  await letters.click()
  await expect(letters).toBeChecked()
  await theirs.reload()
  await expect(letters).toBeChecked()
  await context.close()
  expectKept(guards)
})
