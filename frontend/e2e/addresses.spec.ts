// Invalid URLs and forms: the page reports them and offers a way out.

import { ask, createPipeline, expect, expectAccessible, test, visit } from './fixtures.ts'

const echo = {
  name: 'echo',
  stages: [{ id: 'a', component: 'json_transform', config: { data: '{{ input }}', expression: 'data' } }],
}

test('an unknown filter in the URL is reported, not silently ignored, and can be removed', async ({ page }) => {
  await visit(page, '/runs?status=FAILED,BOGUS&state=open&since=24h')
  const note = page.getByRole('status').filter({ hasText: 'not a valid run filter' })
  await expect(note).toContainText('status=BOGUS')
  await expect(note).toContainText('state=open')
  await expect(note).toContainText('QUEUED, RUNNING')
  await expect(page.getByRole('group', { name: 'Filters' })).toContainText('Failed')
  await expectAccessible(page, { both: true })
  await note.getByRole('button', { name: 'Remove it from the URL' }).click()
  await expect(note).toHaveCount(0)
  await expect(page).toHaveURL(/\/runs\?status=FAILED&since=24h$/)
})

test('a key without a name is refused with an error below the field, where it is read and can be fixed', async ({
  page,
}) => {
  await visit(page, '/settings')
  await page.getByRole('button', { name: 'New key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create the key' }).click()
  const name = dialog.getByLabel('Name')
  await expect(name).toBeFocused()
  await expect(name).toHaveAccessibleDescription(/Enter a name that says what the key is for/)
  await expectAccessible(page, { both: true })
  // Other tests of this organization revoke a key by its name.
  await name.fill('nightly-sync')
  await expect(dialog.getByText('Enter a name')).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Create the key' }).click()
  await expect(dialog.getByTestId('secret')).toBeVisible()
})

test('invalid JSON is refused with the line, the column and what was expected', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, echo)
  await visit(page, `/pipelines/${id}?run=true`)
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Input' }).fill('{\n  "a": 1\n  "b": 2\n}')
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await expect(dialog.getByText('Line 3, column 3: a comma or "}" was expected')).toBeVisible()
})

test('an older version is made current: its file becomes the next version', async ({ page }) => {
  await visit(page, '/')
  const id = await createPipeline(page, echo)
  const second = JSON.stringify({ name: 'echo', stages: [{ id: 'b', component: 'logger', config: { message: 'x' } }] })
  await ask(page, 'mutation ($input: PushPipelineVersionInput!) { pushPipelineVersion(input: $input) { created } }', {
    input: { pipelineId: id, source: second },
  })
  await visit(page, `/pipelines/${id}?tab=versions`)
  await page.getByRole('button', { name: 'Make version 1 current' }).click()
  await expect(page.getByText('Version 3 was saved. It has the file of version 1.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Make version 2 current' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Make version 3 current' })).toHaveCount(0)
})
