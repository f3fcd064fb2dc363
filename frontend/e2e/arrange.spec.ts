// What a person arranges on the canvas of a draft. Needs the program: the mock does not apply edits.

import type { Page } from '@playwright/test'
import { createPipeline, draftOf, expect, expectAccessible, ready, stageOf, test, visit } from './fixtures.ts'
import { real } from './server.ts'

test.skip(!real, 'the mock does not apply edits')

const stage = (id: string, more: object = {}) => ({
  id,
  component: 'json_transform',
  config: { data: { id }, expression: 'data' },
  ...more,
})
const pipeline = {
  name: 'arranged',
  stages: [
    stage('one'),
    stage('two', { depends_on: ['one'] }),
    { id: 'each', component: 'foreach', depends_on: ['two'], config: { items: [1, 2], loop_stages: ['inner'] } },
    stage('inner'),
  ],
}

const canvas = (page: Page) => page.getByTestId('draft-canvas')

async function edit(page: Page, id: string) {
  await visit(page, `/pipelines/${id}?edit=true`)
  await expect(stageOf(page, 'one')).toBeVisible()
}

interface File {
  stages: { id: string; position?: { x: number; y: number } }[]
  metadata?: { canvas?: { arranged?: boolean; notes?: Record<string, { text: string; color: string }> } }
}

/** What the server has. */
const fileOf = async (page: Page, id: string): Promise<File> => JSON.parse(await draftOf(page, id)) as File

const placed = async (page: Page, id: string) =>
  (await fileOf(page, id)).stages.flatMap((each) => (each.position ? [each.id] : []))

/** Once all is saved, which the page asks about otherwise. */
async function reload(page: Page) {
  await expect(page.getByTestId('draft-status')).toContainText(/^Saved/)
  await page.reload()
  await ready(page)
}

/** How far a card is from the card of `one`, in pixels of the screen. */
async function fromOne(page: Page, id: string) {
  const [one, other] = [await stageOf(page, 'one').boundingBox(), await stageOf(page, id).boundingBox()]
  if (!one || !other) throw new Error('a card is not drawn')
  return { x: other.x - one.x, y: other.y - one.y }
}

test('a card stays where it was put, after a reload too, and tidying up gives it back', async ({ page }) => {
  test.setTimeout(120_000)
  await visit(page, '/')
  const id = await createPipeline(page, pipeline)
  await edit(page, id)
  await expect(stageOf(page, 'two')).toBeVisible()
  const before = await fromOne(page, 'two')

  // With the pointer: down, to a free place.
  await stageOf(page, 'two').hover()
  const box = await stageOf(page, 'two').boundingBox()
  if (!box) throw new Error('no card')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.mouse.move(x + 10, y + 20)
  await page.mouse.move(x + 10, y + 100)
  await page.mouse.up()
  await expect.poll(() => placed(page, id)).toEqual(['two'])
  await expect.poll(async () => (await fromOne(page, 'two')).y).toBeGreaterThan(before.y + 30)

  // By key: further right.
  const dropped = (await fileOf(page, id)).stages[1]?.position
  await stageOf(page, 'two').focus()
  await page.keyboard.press('Alt+ArrowRight')
  await page.keyboard.press('Alt+ArrowRight')
  await expect
    .poll(async () => (await fileOf(page, id)).stages[1]?.position)
    .toEqual({ x: (dropped?.x ?? 0) + 40, y: dropped?.y })
  expect((await fileOf(page, id)).metadata?.canvas?.arranged).toBe(true)

  await reload(page)
  await expect(stageOf(page, 'two')).toBeVisible()
  await expect.poll(async () => (await fromOne(page, 'two')).y).toBeGreaterThan(before.y + 30)

  await stageOf(page, 'two').focus()
  await page.keyboard.press('t')
  await expect.poll(() => placed(page, id)).toEqual([])
  await expect.poll(async () => Math.abs((await fromOne(page, 'two')).y - before.y)).toBeLessThan(15)
})

test('a note and a folded group are there after a reload, and all of it is done by key', async ({ page }) => {
  test.setTimeout(120_000)
  await visit(page, '/')
  const id = await createPipeline(page, pipeline)
  await edit(page, id)
  await stageOf(page, 'one').focus()
  await page.keyboard.press('n')
  await expect(page.getByLabel('Text of the note')).toBeFocused()
  await page.keyboard.type('Ask Grace about this')
  await page.keyboard.press('Control+Enter')
  const note = canvas(page).getByRole('button', { name: 'Ask Grace about this' })
  await expect(note).toBeFocused()
  await page.keyboard.press('3')
  await expect
    .poll(async () => Object.values((await fileOf(page, id)).metadata?.canvas?.notes ?? {}))
    .toEqual([expect.objectContaining({ text: 'Ask Grace about this', color: 'green' })])

  await expect(stageOf(page, 'inner')).toBeVisible()
  await stageOf(page, 'inner').focus()
  await page.keyboard.press('f')
  await expect(stageOf(page, 'inner')).toHaveCount(0)
  await expect(canvas(page).getByRole('button', { name: 'Unfold each' })).toHaveText('1 inside')
  await expectAccessible(page, { both: true })

  await reload(page)
  await expect(stageOf(page, 'each')).toBeVisible()
  await expect(stageOf(page, 'inner')).toHaveCount(0)
  await expect(note).toBeVisible()
  await stageOf(page, 'each').focus()
  await page.keyboard.press('Shift+f')
  await expect(stageOf(page, 'inner')).toBeVisible()
  await note.focus()
  await page.keyboard.press('Delete')
  await expect(note).toHaveCount(0)
  await expect.poll(async () => Object.keys((await fileOf(page, id)).metadata?.canvas?.notes ?? {})).toEqual([])
})
