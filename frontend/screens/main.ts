// Takes the screenshots in docs/screens: every scene in light and dark, wide and narrow, from the mock server.
//   npm run build && npm run screens [-- --only PART --out DIR]

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, type Page, chromium, expect } from '@playwright/test'
import { type Ids, type Scene, scenes } from './pages.ts'

const here = import.meta.dirname
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    /** `png` for viewers that do not know WebP. */
    format: { type: 'string', default: 'webp' },
    out: { type: 'string', default: join(here, '../../docs/screens') },
  },
})
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } }
const QUALITY = 72

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer()
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

class Mock {
  origin = ''
  private child: ChildProcess | undefined
  private readonly data = mkdtempSync(join(tmpdir(), 'flowmason-screens-'))

  async start(...flags: string[]): Promise<this> {
    const listen = `127.0.0.1:${await freePort()}`
    this.origin = `http://${listen}`
    const script = join(here, '../mock/main.ts')
    this.child = spawn(process.execPath, [script, '--open', '--listen', listen, '--data', this.data, ...flags], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    for (let round = 0; round < 100; round++) {
      if (
        await fetch(`${this.origin}/sign-in`).then(
          () => true,
          () => false,
        )
      )
        return this
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error('The mock server does not respond.')
  }

  async ask<T>(query: string, variables: object = {}): Promise<T> {
    const response = await fetch(`${this.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] }
    if (errors?.[0]) throw new Error(errors[0].message)
    return data
  }

  stop() {
    this.child?.kill()
    rmSync(this.data, { recursive: true, force: true })
  }
}

interface Listed {
  pipelines: { edges: { node: { id: string; name: string; latestVersion: { sampleInput: unknown } } }[] }
  runs: { edges: { node: { id: string; status: string; pipeline: { name: string } } }[] }
}

async function prepare(mock: Mock): Promise<Ids & { start: () => Promise<string> }> {
  const { pipelines, runs } = await mock.ask<Listed>(
    '{ pipelines(first: 50) { edges { node { id name latestVersion { sampleInput } } } } runs(first: 100) { edges { node { id status pipeline { name } } } } }',
  )
  const byName = (name: string) => {
    const found = pipelines.edges.find(({ node }) => node.name === name)?.node
    if (!found) throw new Error(`There is no pipeline ${name}.`)
    return found
  }
  const runOf = (status: string, name = 'support-inbox') =>
    runs.edges.find(({ node }) => node.status === status && node.pipeline.name === name)?.node.id ?? ''
  const begin = async (pipelineId: string, input: unknown) =>
    (
      await mock.ask<{ startRun: { run: { id: string } } }>(
        'mutation ($input: StartRunInput!) { startRun(input: $input) { run { id } } }',
        { input: { pipelineId, input } },
      )
    ).startRun.run.id
  const inbox = byName('support-inbox')
  const start = () => begin(inbox.id, inbox.latestVersion.sampleInput)
  const source = JSON.stringify({ name: 'old-import', stages: [] })
  const { createPipeline: old } = await mock.ask<{ createPipeline: { pipeline: { id: string } } }>(
    'mutation ($source: String!) { createPipeline(input: { source: $source }) { pipeline { id } } }',
    { source },
  )
  await mock.ask('mutation ($id: ID!) { deletePipeline(input: { pipelineId: $id }) { pipeline { id } } }', {
    id: old.pipeline.id,
  })
  const apart = await bringApart(mock)
  const large = await begin(byName('long-report').id, {})
  return {
    pipeline: inbox.id,
    broken: byName('invoice-reader').id,
    apart,
    run: {
      succeeded: runOf('SUCCEEDED'),
      failed: runOf('FAILED', 'price-sync'),
      cancelled: runOf('CANCELLED'),
      running: '',
      large,
    },
    start,
  }
}

/** A pipeline whose draft changed what a version changed, too, that was pushed meanwhile. */
async function bringApart(mock: Mock): Promise<string> {
  const stage = (id: string, prompt: string, dependsOn: string[] = []) => ({
    id,
    component: 'generator',
    depends_on: dependsOn,
    config: { prompt },
  })
  const file = (...stages: object[]) => JSON.stringify({ name: 'release-notes', stages }, null, 2)
  const write = 'Write release notes from {{input.commits}}.'
  const check = stage('check', 'Find what is missing in {{upstream.write.content}}.', ['write'])
  const { createPipeline: made } = await mock.ask<{ createPipeline: { pipeline: { id: string } } }>(
    'mutation ($source: String!) { createPipeline(input: { source: $source }) { pipeline { id } } }',
    { source: file(stage('write', write), check) },
  )
  const { id } = made.pipeline
  await mock.ask('mutation ($id: ID!) { openDraft(input: { pipelineId: $id }) { draft { revision } } }', { id })
  await mock.ask('mutation ($input: SetDraftTextInput!) { setDraftText(input: $input) { draft { revision } } }', {
    input: {
      pipelineId: id,
      revision: 0,
      changeId: 'shorter',
      source: file(stage('write', `${write} Three sentences at most.`), check),
    },
  })
  const translate = stage('translate', 'Translate {{upstream.check.content}} to German.', ['check'])
  await mock.ask('mutation ($input: PushPipelineVersionInput!) { pushPipelineVersion(input: $input) { created } }', {
    input: { pipelineId: id, source: file(stage('write', `${write} One line for each change.`), check, translate) },
  })
  return id
}

async function picture(page: Page, file: string) {
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send(
    'Page.captureScreenshot',
    values.format === 'png' ? { format: 'png' } : { format: 'webp', quality: QUALITY },
  )
  writeFileSync(file, Buffer.from(data, 'base64'))
  await session.detach()
}

async function take(browser: Browser, scene: Scene, mock: Mock, path: string, theme: string, size: keyof typeof sizes) {
  const context = await browser.newContext({
    baseURL: mock.origin,
    viewport: sizes[size],
    timezoneId: 'UTC',
    locale: 'en-US',
    reducedMotion: 'reduce',
    hasTouch: size === 'narrow',
  })
  await context.addInitScript((chosen) => localStorage.setItem('flowmason.theme', chosen), theme)
  const page = await context.newPage()
  if (scene.failing) {
    await page.route('**/graphql', async (route) => {
      if (/"(?:query )?Viewer\b|query Viewer/.test(route.request().postData() ?? '')) return route.continue()
      await route.fulfill({
        json: {
          data: null,
          errors: [
            {
              message: 'The database is not available right now; try again in a moment',
              extensions: { code: 'UNAVAILABLE', requestId: 'req_5f0c2a91' },
            },
          ],
        },
      })
    })
  }
  await page.goto(path)
  await page.waitForSelector('#root[data-ready]')
  if (scene.server === 'slow') await page.waitForTimeout(700)
  else {
    await page.waitForTimeout(900)
    for (const label of ['Laying out the canvas', 'Loading the source'])
      await expect(page.getByText(label)).toHaveCount(0)
    await page.waitForTimeout(300)
  }
  await scene.act?.(page)
  if (scene.act) await page.waitForTimeout(500)
  await picture(page, join(values.out, `${scene.name}-${theme}-${size}.${values.format}`))
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (wider > 0) console.warn(`${scene.name} ${size}: ${wider} px wider than the window`)
  await context.close()
}

/** The list of the pictures. */
function contents(): string {
  const rows = scenes.map(({ name, about }) => {
    const link = (theme: string, size: string) => `[${size}](${name}-${theme}-${size}.webp)`
    const cells = ['light', 'dark'].map((theme) => `${link(theme, 'wide')}, ${link(theme, 'narrow')}`)
    return `| ${about} | ${cells.join(' | ')} |`
  })
  return [
    '# Screens',
    '',
    'Every page of the dashboard in its states, rendered from the mock server. To update the pictures, run',
    '`npm run build && npm run screens` in `frontend/`. Wide is 1280 by 800 pixels, narrow 390 by 844.',
    '',
    '| Page | Light | Dark |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

const chosen = scenes.filter((scene) => scene.name.includes(values.only))
mkdirSync(values.out, { recursive: true })
const [full, empty, slow] = await Promise.all([
  new Mock().start('--seed'),
  new Mock().start(),
  new Mock().start('--seed', '--delay', '4000'),
])
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none', '--force-color-profile=srgb'],
})
try {
  const ids = await prepare(full)
  // Wait until the run has produced the large value.
  await new Promise((resolve) => setTimeout(resolve, 600))
  for (const scene of chosen) {
    const mock = scene.server === 'empty' ? empty : scene.server === 'slow' ? slow : full
    for (const theme of ['light', 'dark'] as const) {
      for (const size of ['wide', 'narrow'] as const) {
        if (scene.name === 'run-running') {
          ids.run.running = await ids.start()
          await new Promise((resolve) => setTimeout(resolve, 2500))
        }
        // One that cannot be shown costs no other one its picture.
        await take(browser, scene, mock, scene.path(ids), theme, size).catch((error: unknown) => {
          process.exitCode = 1
          console.error(`${scene.name} ${theme} ${size}: ${String(error)}`)
        })
      }
    }
    console.log(scene.name)
  }
  if (values.only === '' && values.format === 'webp') writeFileSync(join(values.out, 'README.md'), contents())
} finally {
  await browser.close()
  for (const mock of [full, empty, slow]) mock.stop()
}
