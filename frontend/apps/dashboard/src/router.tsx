// All routes of the dashboard. Filters, tabs, the selected stage and the position in a run are search
// parameters, so a copied link opens the same view for another person.

import { Outlet, createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { ErrorPanel, yieldToPage } from '@flowmason/ui'
import { onSessionEnd } from './api.ts'
import type { RunSearch } from './lib/run-search.ts'
import { lazyPage } from './lib/lazy-page.tsx'
import { NotFound } from './pages/not-found.tsx'
import { Shell } from './shell/shell.tsx'

type Search = Record<string, unknown>
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
const oneOf = <T extends string>(value: unknown, all: readonly T[]): T | undefined => all.find((each) => each === value)

/** Drops keys with undefined values, so that the URL stays short. */
function present<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as never
}

let opened = ''

const root = createRootRoute({
  // The next page is rendered in a task of its own, not in that of the click.
  beforeLoad: ({ location, preload }) => {
    if (preload || location.pathname === opened) return undefined
    opened = location.pathname
    return yieldToPage()
  },
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => (
    <div className="mx-auto max-w-xl p-6">
      <ErrorPanel
        title="This page could not be loaded"
        problem={{ message: error instanceof Error ? error.message : String(error), code: 'PAGE_STOPPED' }}
        onRetry={reset}
      />
    </div>
  ),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Search) =>
    present({
      next: text(search['next']),
      problem: text(search['problem']),
      step: oneOf(search['step'], ['code'] as const),
      reason: oneOf(search['reason'], ['ended'] as const),
    }),
  component: lazyPage(() => import('./pages/sign-in.tsx'), 'SignIn'),
})

const testDone = createRoute({
  getParentRoute: () => root,
  path: '/test-done',
  component: lazyPage(() => import('./pages/test-done.tsx'), 'TestDone'),
})

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyPage(() => import('./pages/invitation.tsx'), 'InvitationPage'),
})

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  component: lazyPage(() => import('./pages/sign-up.tsx'), 'SignUp'),
})

const confirmSignUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up/confirm',
  component: lazyPage(() => import('./pages/sign-up-confirm.tsx'), 'ConfirmSignUp'),
})

const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  component: lazyPage(() => import('./pages/forgot-password.tsx'), 'ForgotPassword'),
})

const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyPage(() => import('./pages/reset-password.tsx'), 'ResetPassword'),
})

const confirmEmail = createRoute({
  getParentRoute: () => root,
  path: '/confirm-email',
  component: lazyPage(() => import('./pages/confirm-email.tsx'), 'ConfirmEmail'),
})

const undoEmail = createRoute({
  getParentRoute: () => root,
  path: '/undo-email',
  component: lazyPage(() => import('./pages/undo-email.tsx'), 'UndoEmail'),
})

const unsubscribe = createRoute({
  getParentRoute: () => root,
  path: '/mail/unsubscribe/$token',
  component: lazyPage(() => import('./pages/unsubscribe.tsx'), 'Unsubscribe'),
})

const consent = createRoute({
  getParentRoute: () => root,
  path: '/consent',
  validateSearch: (search: Search) => present({ request: text(search['request']) }),
  component: lazyPage(() => import('./pages/consent.tsx'), 'Consent'),
})

const device = createRoute({
  getParentRoute: () => root,
  path: '/device',
  validateSearch: (search: Search) => present({ code: text(search['code']) }),
  component: lazyPage(() => import('./pages/device.tsx'), 'Device'),
})

const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell })

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyPage(() => import('./pages/home.tsx'), 'Home'),
})

const welcome = createRoute({
  getParentRoute: () => shell,
  path: '/welcome',
  component: lazyPage(() => import('./pages/welcome.tsx'), 'NewPipeline'),
})

const pipelines = createRoute({
  getParentRoute: () => shell,
  path: '/pipelines',
  validateSearch: (search: Search) =>
    present({
      search: text(search['search']),
      after: text(search['after']),
      folder: text(search['folder']),
      deleted: search['deleted'] === true ? true : undefined,
    }),
  component: lazyPage(() => import('./pages/pipelines.tsx'), 'Pipelines'),
})

export const pipelineTabs = ['source', 'problems', 'versions', 'environments', 'triggers', 'runs'] as const
const pipeline = createRoute({
  getParentRoute: () => shell,
  path: '/pipelines/$pipelineId',
  validateSearch: (search: Search) =>
    present({
      version: number(search['version']),
      stage: text(search['stage']),
      tab: oneOf(search['tab'], pipelineTabs),
      line: number(search['line']),
      run: search['run'] === true ? true : undefined,
      edit: search['edit'] === true ? true : undefined,
      from: text(search['from']),
    }),
  component: lazyPage(() => import('./pipeline/pipeline-page.tsx'), 'PipelinePage'),
})

const compare = createRoute({
  getParentRoute: () => shell,
  path: '/pipelines/$pipelineId/compare',
  validateSearch: (search: Search) =>
    present({
      from: number(search['from']),
      to: search['to'] === 'draft' ? ('draft' as const) : number(search['to']),
      at: text(search['at']),
      canvas: search['canvas'] === true ? true : undefined,
    }),
  // In the file of the pipeline's page: a page of its own with the canvas would split what that and the run page load.
  component: lazyPage(() => import('./pipeline/pipeline-page.tsx'), 'ComparePage'),
})

const trigger = createRoute({
  getParentRoute: () => shell,
  path: '/pipelines/$pipelineId/triggers/$triggerId',
  component: lazyPage(() => import('./triggers/trigger-page.tsx'), 'TriggerPage'),
})

const runs = createRoute({
  getParentRoute: () => shell,
  path: '/runs',
  // Unknown filters stay in the URL: the page reports them instead of silently listing everything.
  validateSearch: (search: Search): RunSearch & { after?: string } =>
    present({ ...(search as RunSearch), after: text(search['after']) }),
  component: lazyPage(() => import('./pages/runs.tsx'), 'Runs'),
})

export const runTabs = ['timeline', 'logs', 'events', 'result'] as const
export const stageTabs = ['output', 'input', 'logs', 'attempts'] as const
const run = createRoute({
  getParentRoute: () => shell,
  path: '/runs/$runId',
  validateSearch: (search: Search) =>
    present({
      stage: text(search['stage']),
      tab: oneOf(search['tab'], runTabs),
      view: oneOf(search['view'], stageTabs),
      line: text(search['line']),
      at: number(search['at']),
    }),
  component: lazyPage(() => import('./run/run-page.tsx'), 'RunPage'),
})

const components = createRoute({
  getParentRoute: () => shell,
  path: '/components',
  validateSearch: (search: Search) => present({ name: text(search['name']), search: text(search['search']) }),
  component: lazyPage(() => import('./pages/components.tsx'), 'Components'),
})

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyPage(() => import('./pages/settings.tsx'), 'Settings'),
})

const members = createRoute({
  getParentRoute: () => shell,
  path: '/settings/members',
  validateSearch: (search: Search) =>
    present({
      after: text(search['after']),
      invitations: text(search['invitations']),
      search: text(search['search']),
    }),
  component: lazyPage(() => import('./pages/members.tsx'), 'Members'),
})

const member = createRoute({
  getParentRoute: () => shell,
  path: '/settings/members/$userId',
  component: lazyPage(() => import('./access/member-page.tsx'), 'MemberPage'),
})

const access = createRoute({
  getParentRoute: () => shell,
  path: '/settings/access',
  component: lazyPage(() => import('./access/access-page.tsx'), 'AccessPage'),
})

const key = createRoute({
  getParentRoute: () => shell,
  path: '/settings/keys/$keyId',
  component: lazyPage(() => import('./access/key-page.tsx'), 'KeyPage'),
})

const domains = createRoute({
  getParentRoute: () => shell,
  path: '/settings/domains',
  component: lazyPage(() => import('./pages/domains.tsx'), 'Domains'),
})

const provisioning = createRoute({
  getParentRoute: () => shell,
  path: '/settings/provisioning',
  component: lazyPage(() => import('./provisioning/provisioning-page.tsx'), 'ProvisioningPage'),
})

const singleSignOn = createRoute({
  getParentRoute: () => shell,
  path: '/settings/single-sign-on',
  component: lazyPage(() => import('./pages/single-sign-on.tsx'), 'SingleSignOn'),
})

const applications = createRoute({
  getParentRoute: () => shell,
  path: '/settings/applications',
  component: lazyPage(() => import('./pages/applications.tsx'), 'Applications'),
})

const webhooks = createRoute({
  getParentRoute: () => shell,
  path: '/settings/webhooks',
  component: lazyPage(() => import('./webhooks/webhooks-page.tsx'), 'WebhooksPage'),
})

const webhook = createRoute({
  getParentRoute: () => shell,
  path: '/settings/webhooks/$endpointId',
  validateSearch: (search: Search) => present({ after: text(search['after']) }),
  component: lazyPage(() => import('./webhooks/webhook-page.tsx'), 'WebhookPage'),
})

const jobs = createRoute({
  getParentRoute: () => shell,
  path: '/jobs',
  validateSearch: (search: Search) =>
    present({ all: search['all'] === true ? true : undefined, after: text(search['after']) }),
  component: lazyPage(() => import('./pages/jobs.tsx'), 'Jobs'),
})

const missing = createRoute({ getParentRoute: () => shell, path: '$', component: NotFound })

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    testDone,
    invitation,
    signUp,
    confirmSignUp,
    forgotPassword,
    resetPassword,
    confirmEmail,
    undoEmail,
    unsubscribe,
    consent,
    device,
    shell.addChildren([
      home,
      welcome,
      pipelines,
      pipeline,
      compare,
      trigger,
      runs,
      run,
      components,
      settings,
      members,
      member,
      access,
      key,
      domains,
      singleSignOn,
      provisioning,
      applications,
      webhooks,
      webhook,
      jobs,
      missing,
    ]),
  ]),
  defaultPreload: 'intent',
  defaultPendingMs: 150,
  scrollRestoration: true,
})

onSessionEnd((had) => {
  if (router.state.location.pathname === '/sign-in') return
  const next = router.state.location.href
  const search = { ...(next !== '/' && { next }), ...(had && { reason: 'ended' as const }) }
  void router.navigate({ to: '/sign-in', search, replace: true })
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
