// Resolvers for every field of the schema that the dashboard uses, by resource.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../store.ts'
import { access } from './access.ts'
import { applications } from './applications.ts'
import { catalogue } from './catalogue.ts'
import { copilot } from './copilot.ts'
import { domains } from './domains.ts'
import { drafts } from './drafts.ts'
import { jobs } from './jobs.ts'
import { keys } from './keys.ts'
import { operations } from './operations.ts'
import { people } from './people.ts'
import { pipelines } from './pipelines.ts'
import { account } from './account.ts'
import { provisioning } from './provisioning.ts'
import { publishing } from './publishing.ts'
import { runViews } from './run-views.ts'
import { runs } from './runs.ts'
import { singleSignOn } from './single-sign-on.ts'
import { triggers } from './triggers.ts'
import type { Mock } from './shared.ts'
import { viewers } from './viewer.ts'
import { webhooks } from './webhooks.ts'

export { stageRuns } from './views.ts'

/** `delayMs` delays every response, to make skeletons visible. */
export function resolvers(store: Store, { delayMs }: { delayMs: number }) {
  const mock: Mock = { store, wait: () => (delayMs > 0 ? sleep(delayMs) : undefined) }
  // The co-pilot changes drafts as everybody else does.
  const edits = drafts(mock)
  const data = [
    pipelines,
    () => edits,
    () => copilot(mock, edits),
    publishing,
    triggers,
    runs,
    runViews,
    operations,
    jobs,
    catalogue,
  ]
  const resources = [
    viewers,
    account,
    ...data,
    keys,
    people,
    access,
    domains,
    singleSignOn,
    provisioning,
    applications,
    webhooks,
  ]
  return Object.assign({}, ...resources.map((resource) => resource(mock))) as Record<string, unknown>
}
