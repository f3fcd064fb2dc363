// Every page of the dashboard in each of its states, for the screenshots in docs/screens.

import type { Page } from '@playwright/test'
import { SAMPLE_TOKEN } from '../mock/sample-people.ts'
import { SAMPLE_FILE_TRIGGER, SAMPLE_TRIGGER } from '../mock/sample-triggers.ts'

export interface Scene {
  /** The base name of the image file. */
  name: string
  /** The description in the list of screenshots. */
  about: string
  /** The path of the page, built from the ids of the mock server. */
  path: (ids: Ids) => string
  /** Actions to perform before the screenshot is taken. */
  act?: (page: Page) => Promise<void>
  /** The mock server to use: with data (the default), empty, or with slow responses. */
  server?: 'full' | 'empty' | 'slow'
  /** Whether the server fails every query except `Viewer`. */
  failing?: boolean
}

export interface Ids {
  pipeline: string
  broken: string
  /** Its draft and its latest version changed the same. */
  apart: string
  run: { succeeded: string; failed: string; running: string; cancelled: string; large: string }
}

const inspectorOf = async (page: Page, stage: string) => {
  await page.locator(`[data-address="${stage}"]`).first().click()
  // The panel is loaded on first use.
  await page.getByRole('tablist', { name: 'Stage' }).waitFor()
}

const setUpApp = async (page: Page) => {
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click()
  await page.getByRole('dialog').getByRole('img').waitFor()
}

const openCopilot = async (page: Page) => {
  await page.getByRole('button', { name: 'Co-pilot', exact: true }).click()
  await page.getByTestId('copilot').getByLabel('Request', { exact: true }).waitFor()
}

/** Shows a part of the editor: on a narrow page, instead of the one that was shown. */
const showPart = async (page: Page, part: 'Canvas' | 'Form') => {
  const button = page.getByRole('group', { name: 'Parts of the editor' }).getByRole('button', { name: part })
  if ((await button.getAttribute('aria-pressed')) !== 'true') await button.click()
}

const showCanvas = async (page: Page) => {
  await showPart(page, 'Canvas')
  await page.getByTestId('draft-canvas').locator('[data-stage="fetch-tickets"]').waitFor()
}

const openMerge = async (page: Page) => {
  await page.getByRole('button', { name: 'Bring together' }).click()
  await page.getByRole('dialog').getByRole('group', { name: 'config.prompt of write' }).waitFor()
}

export const scenes: readonly Scene[] = [
  { name: 'sign-in', about: 'Sign-in', path: () => '/sign-in' },
  {
    name: 'sign-in-code',
    about: 'The second step of signing in',
    path: () => '/sign-in',
    act: async (page) => {
      await page.route('/auth/password', (route) => route.fulfill({ json: { ok: true, codeRequired: true } }))
      await page.getByLabel('Email').fill('ada@northwind.example')
      await page.getByLabel('Password').fill('correct horse')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByLabel('Code').waitFor()
    },
  },
  { name: 'welcome', about: 'The first page of an organization without pipelines', path: () => '/', server: 'empty' },
  { name: 'home', about: 'Home', path: () => '/' },
  { name: 'home-loading', about: 'Home while it loads', path: () => '/', server: 'slow' },
  { name: 'home-failed', about: 'Home when the server fails', path: () => '/', failing: true },
  { name: 'pipelines', about: 'Pipelines', path: () => '/pipelines' },
  { name: 'pipelines-empty', about: 'No pipelines yet', path: () => '/pipelines', server: 'empty' },
  { name: 'pipelines-none', about: 'A search without results', path: () => '/pipelines?search=zebra' },
  {
    name: 'pipelines-deleted',
    about: 'Deleted pipelines, which can be restored',
    path: () => '/pipelines?deleted=true',
  },
  { name: 'pipelines-failed', about: 'Pipelines when the server fails', path: () => '/pipelines', failing: true },
  { name: 'pipeline', about: 'A pipeline', path: (ids) => `/pipelines/${ids.pipeline}` },
  {
    name: 'pipeline-stage',
    about: 'A stage of a pipeline, with its settings',
    path: (ids) => `/pipelines/${ids.pipeline}?stage=draft-reply`,
  },
  {
    name: 'pipeline-edit',
    about: 'The source of the next version',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
  },
  {
    name: 'pipeline-edit-canvas',
    about: 'The canvas of a draft',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
    act: showCanvas,
  },
  {
    name: 'pipeline-edit-form',
    about: 'The form of a stage of a draft',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
    act: async (page) => {
      await showCanvas(page)
      await page.getByTestId('draft-canvas').locator('[data-stage="fetch-tickets"]').click()
      await showPart(page, 'Form')
      await page.getByRole('form', { name: 'Stage fetch-tickets' }).waitFor()
    },
  },
  {
    name: 'pipeline-edit-loading',
    about: 'A draft while it loads',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
    server: 'slow',
  },
  {
    name: 'pipeline-edit-failed',
    about: 'A draft when the server fails',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
    failing: true,
  },
  {
    name: 'pipeline-merge',
    about: 'A draft and a newer version that changed the same',
    path: (ids) => `/pipelines/${ids.apart}/compare?from=2&to=draft`,
    act: openMerge,
  },
  {
    name: 'pipeline-merge-chosen',
    about: 'A draft and a newer version, brought together',
    path: (ids) => `/pipelines/${ids.apart}/compare?from=2&to=draft`,
    act: async (page) => {
      await openMerge(page)
      const place = page.getByRole('dialog').getByRole('group', { name: 'config.prompt of write' })
      await place.getByRole('radio', { name: 'Version 2' }).check()
    },
  },
  {
    name: 'copilot',
    about: 'The co-pilot beside a draft',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
    act: openCopilot,
  },
  {
    name: 'copilot-proposal',
    about: 'A proposal of the co-pilot, in pieces',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
    act: async (page) => {
      await openCopilot(page)
      const panel = page.getByTestId('copilot')
      await panel.getByLabel('Request', { exact: true }).fill('Repeat what may fail for a moment')
      await panel.getByRole('button', { name: /^Ask/ }).click()
      await panel.getByRole('listitem', { name: /^Piece 1:/ }).waitFor()
    },
  },
  {
    name: 'copilot-findings',
    about: 'What is known of a draft without a model',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
    act: async (page) => {
      await openCopilot(page)
      await page
        .getByTestId('copilot')
        .getByRole('tab', { name: /^Findings/ })
        .click()
      await page.getByTestId('copilot').getByRole('heading', { name: 'What could be better' }).waitFor()
    },
  },
  {
    name: 'copilot-failed',
    about: 'The co-pilot when its settings cannot be read',
    path: (ids) => `/pipelines/${ids.pipeline}?edit=true`,
    act: async (page) => {
      const error = { message: 'The database is not available right now', extensions: { code: 'UNAVAILABLE' } }
      await page.route('/graphql', (route) =>
        route.request().postData()?.includes('query CopilotSettings')
          ? route.fulfill({ json: { data: null, errors: [error] } })
          : route.fallback(),
      )
      await page.getByRole('button', { name: 'Co-pilot', exact: true }).click()
      await page.getByTestId('copilot').waitFor()
    },
  },
  {
    name: 'pipeline-problems',
    about: 'A pipeline with problems',
    path: (ids) => `/pipelines/${ids.broken}?tab=problems`,
  },
  { name: 'pipeline-run', about: 'Starting a run', path: (ids) => `/pipelines/${ids.pipeline}?run=true` },
  {
    name: 'pipeline-file',
    about: 'A file as the input of a run, with a preview',
    path: (ids) => `/pipelines/${ids.pipeline}?run=true`,
    act: async (page) => {
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('tab', { name: 'File' }).click()
      const chooser = page.waitForEvent('filechooser')
      await dialog.getByRole('button', { name: 'Choose a file' }).click()
      const lines = Array.from({ length: 40 }, (_, at) => {
        const price = at === 2 ? 'n/a' : ((at % 7) + 1) * 12.5
        return `${1041 + at},${at % 3 === 0 ? 'Rivera GmbH' : 'Ada & Sons'},${price},2026-11-${10 + (at % 18)},${at % 4 === 0 ? '' : 'paid'}`
      })
      const text = ['order,customer,total,ordered,state', ...lines, ''].join('\n')
      await (await chooser).setFiles({ name: 'orders.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
      await dialog.getByRole('table').waitFor()
    },
  },
  {
    name: 'pipeline-versions',
    about: 'The versions of a pipeline',
    path: (ids) => `/pipelines/${ids.pipeline}?tab=versions`,
  },
  {
    name: 'pipeline-compare',
    about: 'Two versions compared',
    path: (ids) => `/pipelines/${ids.pipeline}/compare`,
  },
  {
    name: 'pipeline-compare-loading',
    about: 'Two versions while they are compared',
    path: (ids) => `/pipelines/${ids.pipeline}/compare`,
    server: 'slow',
  },
  {
    name: 'pipeline-compare-failed',
    about: 'Two versions that could not be compared',
    path: (ids) => `/pipelines/${ids.pipeline}/compare`,
    failing: true,
  },
  {
    name: 'pipeline-environments',
    about: 'Where a pipeline is published',
    path: (ids) => `/pipelines/${ids.pipeline}?tab=environments`,
  },
  {
    name: 'pipeline-triggers',
    about: 'What starts runs of a pipeline by itself',
    path: (ids) => `/pipelines/${ids.pipeline}?tab=triggers`,
  },
  {
    name: 'pipeline-triggers-empty',
    about: 'A pipeline without triggers',
    path: (ids) => `/pipelines/${ids.broken}?tab=triggers`,
  },
  {
    name: 'trigger-new',
    about: 'A new schedule, with its next firings',
    path: (ids) => `/pipelines/${ids.pipeline}?tab=triggers`,
    act: async (page) => {
      await page.getByRole('button', { name: 'New trigger' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name', { exact: true }).fill('month end')
      await dialog.getByLabel('Cron expression').fill('0 18 L * *')
      await dialog.getByRole('region', { name: 'When it fires' }).getByRole('listitem').first().waitFor()
    },
  },
  {
    name: 'trigger',
    about: 'A trigger: when it fires, and what became of its last firings',
    path: (ids) => `/pipelines/${ids.pipeline}/triggers/${SAMPLE_TRIGGER}`,
  },
  {
    name: 'trigger-change',
    about: 'A schedule while it is changed, with its next firings',
    path: (ids) => `/pipelines/${ids.pipeline}/triggers/${SAMPLE_TRIGGER}`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Change' }).click()
      await page.getByRole('list', { name: 'Next firings' }).waitFor()
    },
  },
  {
    name: 'trigger-enable',
    about: 'The question before a trigger of the file is enabled',
    path: (ids) => `/pipelines/${ids.pipeline}/triggers/${SAMPLE_FILE_TRIGGER}`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Enable', exact: true }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'trigger-loading',
    about: 'A trigger while it loads',
    path: (ids) => `/pipelines/${ids.pipeline}/triggers/${SAMPLE_TRIGGER}`,
    server: 'slow',
  },
  {
    name: 'trigger-failed',
    about: 'A trigger when the server fails',
    path: (ids) => `/pipelines/${ids.pipeline}/triggers/${SAMPLE_TRIGGER}`,
    failing: true,
  },
  {
    name: 'trigger-missing',
    about: 'A trigger that does not exist',
    path: (ids) => `/pipelines/${ids.pipeline}/triggers/trig_01k0`,
  },
  { name: 'runs', about: 'Runs', path: () => '/runs' },
  {
    name: 'runs-filtered',
    about: 'Runs of the last day that did not succeed',
    path: () => '/runs?notStatus=SUCCEEDED&since=24h',
  },
  {
    name: 'runs-unknown',
    about: 'A URL with an unknown filter value',
    path: () => '/runs?status=FAILED,BROKEN',
  },
  {
    name: 'runs-selected',
    about: 'Selected runs, with the actions for them',
    path: () => '/runs',
    act: async (page) => {
      for (const at of [1, 2, 4]) await page.locator('[data-run]').nth(at).check()
    },
  },
  {
    name: 'runs-all',
    about: 'The confirmation before all matching runs are started again',
    path: () => '/runs',
    act: async (page) => {
      await page.locator('[data-run]').first().check()
      await page.getByRole('button', { name: /^Run failed and cancelled again/ }).click()
    },
  },
  { name: 'runs-empty', about: 'No runs yet', path: () => '/runs', server: 'empty' },
  { name: 'runs-loading', about: 'Runs while they load', path: () => '/runs', server: 'slow' },
  { name: 'runs-failed', about: 'Runs when the server fails', path: () => '/runs', failing: true },
  { name: 'run-running', about: 'A run in progress', path: (ids) => `/runs/${ids.run.running}` },
  { name: 'run-succeeded', about: 'A finished run', path: (ids) => `/runs/${ids.run.succeeded}` },
  { name: 'run-failed', about: 'A failed run', path: (ids) => `/runs/${ids.run.failed}` },
  { name: 'run-cancelled', about: 'A cancelled run', path: (ids) => `/runs/${ids.run.cancelled}` },
  {
    name: 'run-stage',
    about: 'The output of a stage',
    path: (ids) => `/runs/${ids.run.succeeded}`,
    act: (page) => inspectorOf(page, 'fetch-tickets'),
  },
  { name: 'run-logs', about: 'The log of a run', path: (ids) => `/runs/${ids.run.succeeded}?tab=logs` },
  { name: 'run-events', about: 'The journal of a run', path: (ids) => `/runs/${ids.run.succeeded}?tab=events` },
  { name: 'run-result', about: 'The result of a run', path: (ids) => `/runs/${ids.run.succeeded}?tab=result` },
  {
    name: 'run-long-value',
    about: 'An output of 2 MB, in pages',
    path: (ids) => `/runs/${ids.run.large}?stage=wall`,
    act: async (page) => {
      await page.getByText('Page 1 of 33 ·').waitFor()
    },
  },
  { name: 'run-missing', about: 'A run that does not exist', path: () => '/runs/run_01k0' },
  { name: 'components', about: 'The component catalog', path: () => '/components?name=generator' },
  { name: 'settings', about: 'Settings', path: () => '/settings' },
  { name: 'webhooks', about: 'Webhooks', path: () => '/settings/webhooks' },
  { name: 'webhooks-empty', about: 'No webhooks yet', path: () => '/settings/webhooks', server: 'empty' },
  { name: 'applications', about: 'Registered applications', path: () => '/settings/applications' },
  { name: 'applications-empty', about: 'No applications yet', path: () => '/settings/applications', server: 'empty' },
  {
    name: 'application-new',
    about: 'Registering an application',
    path: () => '/settings/applications',
    act: async (page) => {
      await page.getByRole('button', { name: 'Register an application' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'consent', about: 'An application asks for access', path: () => '/consent?request=client_id%3Dapp_x' },
  { name: 'device', about: 'Connecting a device', path: () => '/device' },
  { name: 'device-request', about: 'A device asks for access', path: () => '/device?code=WDJB-MJHT' },
  {
    name: 'device-single-sign-on',
    about: 'A device, if the organization requires single sign-on',
    path: () => '/device',
    act: async (page) => {
      const providers = [{ name: 'Northwind', path: '/sign-in/oidc/sso_1' }]
      const message = 'This organization requires single sign-on; sign in with Northwind'
      const error = { message, extensions: { code: 'SSO_REQUIRED', providers } }
      await page.route('/graphql', (route) => route.fulfill({ json: { data: null, errors: [error] } }))
      await page.getByLabel('Code').fill('WDJB-MJHT')
      await page.getByRole('button', { name: 'Continue', exact: true }).click()
      await page.getByRole('button', { name: 'Continue with Northwind' }).waitFor()
    },
  },
  {
    name: 'keys',
    about: 'API keys, with an example request',
    path: () => '/settings',
    act: async (page) => {
      const line = page.getByText('FLOWMASON_API_KEY').last()
      await line.evaluate((element) => element.scrollIntoView({ block: 'end' }))
    },
  },
  {
    name: 'two-factor',
    about: 'Setting up an authenticator app',
    path: () => '/settings',
    act: setUpApp,
  },
  {
    name: 'two-factor-codes',
    about: 'Recovery codes, shown once',
    path: () => '/settings',
    act: async (page) => {
      await setUpApp(page)
      await page.getByRole('dialog').getByLabel('Code').fill('123456')
      await page.getByRole('dialog').getByRole('button', { name: 'Turn on' }).click()
      await page.getByTestId('recovery-codes').waitFor()
    },
  },
  {
    name: 'sessions',
    about: 'The browsers in which the user is signed in',
    path: () => '/settings',
    act: async (page) => {
      const last = page.getByRole('button', { name: 'Sign out everywhere else' })
      await last.evaluate((element) => element.scrollIntoView({ block: 'end' }))
    },
  },
  {
    name: 'step-up',
    about: 'A fresh proof of identity before a dangerous change',
    path: () => '/settings',
    act: async (page) => {
      const error = { message: 'Prove that it is you.', extensions: { code: 'STEP_UP_REQUIRED' } }
      await page.route('/graphql', (route) =>
        route.request().postData()?.includes('createApiKey')
          ? route.fulfill({ json: { data: null, errors: [error] } })
          : route.fallback(),
      )
      await page.getByRole('button', { name: 'New key' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill('reports')
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
      await page.getByRole('dialog', { name: 'Is it you?' }).getByRole('button', { name: 'Continue' }).waitFor()
    },
  },
  { name: 'members', about: 'Members and invitations', path: () => '/settings/members' },
  {
    name: 'members-alone',
    about: 'The only member of an organization',
    path: () => '/settings/members',
    server: 'empty',
  },
  { name: 'members-loading', about: 'Members while they load', path: () => '/settings/members', server: 'slow' },
  { name: 'members-failed', about: 'Members when the server fails', path: () => '/settings/members', failing: true },
  {
    name: 'members-remove',
    about: 'The confirmation before a member is removed',
    path: () => '/settings/members',
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions for Grace Hopper' }).click()
      await page.getByRole('menuitem', { name: 'Remove' }).click()
    },
  },
  {
    name: 'members-invite',
    about: 'Creating an invitation',
    path: () => '/settings/members',
    act: (page) => page.getByRole('button', { name: 'Invite', exact: true }).click(),
  },
  {
    name: 'members-link',
    about: 'The link of a new invitation, shown once',
    path: () => '/settings/members',
    act: async (page) => {
      const row = page.getByRole('listitem').filter({ hasText: 'edsger@northwind.example' })
      await row.getByRole('button', { name: /^New link/ }).click()
    },
  },
  { name: 'invitation', about: 'Accepting an invitation', path: () => `/invitation#${SAMPLE_TOKEN}` },
  {
    name: 'invitation-signed-in',
    about: 'Accepting an invitation when signed in',
    path: () => `/invitation#${SAMPLE_TOKEN}`,
    act: async (page) => {
      await page.evaluate(() => localStorage.setItem('flowmason.session', 'yes'))
      await page.reload()
      await page.getByText('You are signed in as').waitFor()
    },
  },
  { name: 'invitation-ended', about: 'An invitation that is no longer valid', path: () => '/invitation#used' },
  { name: 'jobs', about: 'Failed jobs', path: () => '/jobs' },
  { name: 'jobs-all', about: 'All jobs', path: () => '/jobs?all=true' },
  { name: 'jobs-empty', about: 'No failed jobs', path: () => '/jobs', server: 'empty' },
  { name: 'jobs-loading', about: 'Jobs while they load', path: () => '/jobs', server: 'slow' },
  { name: 'jobs-failed', about: 'Jobs when the server fails', path: () => '/jobs', failing: true },
  {
    name: 'search',
    about: 'The command palette',
    path: () => '/',
    act: (page) => page.keyboard.press('ControlOrMeta+k'),
  },
  { name: 'shortcuts', about: 'Keyboard shortcuts', path: () => '/', act: (page) => page.keyboard.press('?') },
  { name: 'not-found', about: 'A page that does not exist', path: () => '/nowhere' },
]
