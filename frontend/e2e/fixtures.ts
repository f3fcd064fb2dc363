// Fixtures of every browser test: a server, a signed-in page, and two checks throughout: no violation of the content
// security policy, no request to any other host.

import { AxeBuilder } from '@axe-core/playwright'
import { type BrowserContext, type Locator, type Page, test as base, expect } from '@playwright/test'
import { Server } from './server.ts'

export interface Guards {
  violations: string[]
  foreignRequests: string[]
  errors: string[]
}

export async function guard(context: BrowserContext, origin: string): Promise<Guards> {
  const guards: Guards = { violations: [], foreignRequests: [], errors: [] }
  await context.exposeBinding('reportViolation', (_, text: string) => guards.violations.push(text))
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (globalThis as unknown as { reportViolation: (text: string) => void }).reportViolation
      report(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)
    })
  })
  const host = new URL(origin).host
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.host !== host)
      guards.foreignRequests.push(request.url())
  })
  context.on('page', (page) => {
    page.on('pageerror', (error) => guards.errors.push(String(error)))
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).host !== host) guards.foreignRequests.push(socket.url())
    })
  })
  return guards
}

export function expectKept(guards: Guards) {
  expect(guards.violations, 'violations of the content security policy').toEqual([])
  expect(guards.foreignRequests, 'requests to other hosts').toEqual([])
  expect(guards.errors, 'errors in the page').toEqual([])
}

/** Keys pressed before React has mounted are lost, so each visit waits until the root is marked as ready. */
export async function ready(page: Page) {
  await page.waitForSelector('#root[data-ready]')
}

export async function visit(page: Page, path: string) {
  await page.goto(path)
  await ready(page)
}

export async function signIn(page: Page, server: Server) {
  await page.goto(await server.signInLink())
  await ready(page)
  await expect(page.getByRole('navigation', { name: 'Main' }).first()).toBeVisible()
}

/** Sends a GraphQL request as the page would. */
export async function ask<T>(page: Page, query: string, variables: object = {}): Promise<T> {
  const answer = await page.evaluate(
    async ([text, values]) => {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: text, variables: values }),
      })
      return (await response.json()) as { data?: unknown; errors?: { message: string }[] }
    },
    [query, variables] as const,
  )
  if (answer.errors?.[0]) throw new Error(answer.errors[0].message)
  return answer.data as T
}

type RunOnly = { type: 'tag' | 'rule'; values: string[] }
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** Runs axe in the current theme; with `both`, checks the colors again in the other one. */
export async function expectAccessible(page: Page, { both = false } = {}) {
  // A message that is fading out, or a color on its way to the other theme, has a contrast that nobody reads.
  await setMotion(page, false)
  const found = await violationsOf(new AxeBuilder({ page }), { runOnly: { type: 'tag', values: TAGS } })
  if (both) found.push(...(await contrastInOtherTheme(page)))
  await setMotion(page, true)
  expect(found, `axe on ${page.url()}`).toEqual([])
}

/** Ends transitions and animations at once, or allows them again. A constructed sheet passes the page's policy. */
const setMotion = (page: Page, moves: boolean) =>
  page.evaluate((allowed) => {
    const kept = document.adoptedStyleSheets.filter((sheet) => !sheet.cssRules[0]?.cssText.includes('--still'))
    const still = new CSSStyleSheet()
    still.replaceSync('*, ::before, ::after { --still: 1; transition: none !important; animation: none !important }')
    document.adoptedStyleSheets = allowed ? kept : [...kept, still]
  }, moves)

async function contrastInOtherTheme(page: Page): Promise<string[]> {
  const turn = () =>
    page.evaluate(() => {
      const root = document.documentElement
      root.dataset['theme'] = root.dataset['theme'] === 'dark' ? 'light' : 'dark'
    })
  await turn()
  const found = await violationsOf(new AxeBuilder({ page }), { runOnly: { type: 'rule', values: ['color-contrast'] } })
  await turn()
  return found.map((each) => `other theme: ${each}`)
}

async function violationsOf(builder: AxeBuilder, which: { runOnly: RunOnly }): Promise<string[]> {
  // Only violations, and run in the page itself: there are no frames of other origins.
  const { violations } = await builder
    .options({ ...which, resultTypes: ['violations'] })
    .setLegacyMode(true)
    .analyze()
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`).join('\n  ')}`,
  )
}

/** Cancels the run: C opens the confirmation, Enter confirms. */
export async function cancelByKey(page: Page) {
  // A dialog that is still closing takes the keys.
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('c')
  await expect(page.getByRole('button', { name: 'Cancel the run' })).toBeFocused()
  await page.keyboard.press('Enter')
}

export const stageOf = (page: Page, id: string): Locator => page.locator(`[data-stage="${id}"]`)

/** A server for the tests of one file, with one signed-in user and the support-inbox example. */
export const test = base.extend<
  { guards: Guards },
  { ownServer: string; env: Record<string, string>; host: string; server: Server; workspace: Workspace }
>({
  /** The file's own name in files that change the user or the sessions: the tests of no other file get their server. */
  ownServer: ['', { option: true, scope: 'worker' }],
  /** More settings of the server, by the names of their environment variables. */
  env: [{}, { option: true, scope: 'worker' }],
  /** The name by which the pages are opened. Passkeys need one that is no IP address. */
  host: ['127.0.0.1', { option: true, scope: 'worker' }],
  server: [
    async ({ env, host }, use) => {
      const server = new Server(env, host)
      await server.start()
      await use(server)
      await server.remove()
    },
    { scope: 'worker' },
  ],
  workspace: [
    async ({ browser, server }, use) => {
      const context = await browser.newContext({ baseURL: server.origin })
      const page = await context.newPage()
      await signIn(page, server)
      const made = await ask<{
        createPipelineFromExample: { pipeline: { id: string; latestVersion: { sampleInput: unknown } } }
      }>(
        page,
        'mutation { createPipelineFromExample(input: { name: "support-inbox" }) { pipeline { id latestVersion { sampleInput } } } }',
      )
      const { id, latestVersion } = made.createPipelineFromExample.pipeline
      const state = await context.storageState()
      await use({ pipeline: id, sampleInput: latestVersion.sampleInput, state })
      await context.close()
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.origin),
  storageState: async ({ workspace }, use) => use(workspace.state),
  guards: [
    async ({ context, server }, use) => {
      const guards = await guard(context, server.origin)
      await use(guards)
      expectKept(guards)
    },
    { auto: true },
  ],
})

export interface Workspace {
  pipeline: string
  sampleInput: unknown
  state: Awaited<ReturnType<BrowserContext['storageState']>>
}

export async function startRun(page: Page, workspace: Workspace): Promise<string> {
  const { startRun: made } = await ask<{ startRun: { run: { id: string } } }>(
    page,
    'mutation ($input: StartRunInput!) { startRun(input: $input) { run { id } } }',
    { input: { pipelineId: workspace.pipeline, input: workspace.sampleInput } },
  )
  return made.run.id
}

export async function createPipeline(page: Page, source: object): Promise<string> {
  const made = await ask<{ createPipeline: { pipeline: { id: string } } }>(
    page,
    'mutation ($source: String!) { createPipeline(input: { source: $source }) { pipeline { id } } }',
    { source: JSON.stringify(source, null, 2) },
  )
  return made.createPipeline.pipeline.id
}

/** The text of the draft as the server has it. */
export async function draftOf(page: Page, id: string): Promise<string> {
  const found = await ask<{ pipeline: { draft: { source: string } } }>(
    page,
    'query ($id: ID!) { pipeline(id: $id) { draft { source } } }',
    { id },
  )
  return found.pipeline.draft.source
}

/** Creates a trigger in development, which is disabled. */
export async function createTrigger(page: Page, pipelineId: string, definition: object): Promise<string> {
  const { createTrigger: made } = await ask<{ createTrigger: { trigger: { id: string } } }>(
    page,
    'mutation ($input: CreateTriggerInput!) { createTrigger(input: $input) { trigger { id } } }',
    { input: { pipelineId, definition } },
  )
  return made.trigger.id
}

export async function startRunOf(page: Page, pipelineId: string, input: unknown = {}): Promise<string> {
  const { startRun: made } = await ask<{ startRun: { run: { id: string } } }>(
    page,
    'mutation ($input: StartRunInput!) { startRun(input: $input) { run { id } } }',
    { input: { pipelineId, input } },
  )
  return made.run.id
}

/** The source of a pipeline whose only stage fails, with the program and with the mock. */
export const failing = (name: string) => ({
  name,
  stages: [{ id: 'fetch', component: 'http_request', config: { url: 'http://127.0.0.1:1/x', fails: true } }],
})

/** Waits until a run has this status on the server. */
export const waitForStatus = (page: Page, run: string, status: string) =>
  expect
    .poll(
      async () =>
        (await ask<{ run: { status: string } }>(page, 'query ($id: ID!) { run(id: $id) { status } }', { id: run })).run
          .status,
      { timeout: 30_000 },
    )
    .toBe(status)

/** A run that is still in progress however slow the machine is. */
export async function startLongRun(page: Page): Promise<string> {
  const stages = [
    { id: 'first', component: 'json_transform', config: { data: { a: 1 }, expression: 'data' } },
    { id: 'nap', component: 'wait', depends_on: ['first'], config: { seconds: 600 } },
  ]
  return startRunOf(page, await createPipeline(page, { name: 'long', stages }))
}

export { expect }
