// The webhook endpoints of the organization, and what was sent to them. Everything is delivered at once.

import { randomBytes } from 'node:crypto'
import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'

const HOUR_MS = 3_600_000

interface Delivery {
  id: string
  event: string
  body: string
  status: 'QUEUED' | 'DELIVERED' | 'FAILED'
  attempts: number
  responseStatus: number | null
  response: string | null
  error: string | null
  createdAt: string
  nextAt: string | null
  attemptedAt: string | null
}

interface Terms {
  url: string
  description?: string | null
  format?: 'STANDARD' | 'SLACK' | null
  events: string[]
  enabled?: boolean | null
}

interface Endpoint {
  id: string
  url: string
  description: string
  format: 'STANDARD' | 'SLACK'
  events: string[]
  enabled: boolean
  disabledReason: string | null
  secretSince: string
  oldSecretUntil: string | null
  failingSince: string | null
  createdBy: string
  createdAt: string
  sent: Delivery[]
}

const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString()

const types = [
  ['run.succeeded', 'A run has succeeded. Runs of drafts are not announced.'],
  ['run.failed', 'A run has failed. Runs of drafts are not announced.'],
  ['run.cancelled', 'A run was cancelled. Runs of drafts are not announced.'],
  ['pipeline.published', 'A version of a pipeline was published to staging or production.'],
  ['member.added', 'A person has become a member: by an invitation, single sign-on or provisioning.'],
  ['member.removed', 'A person is no longer a member: they were removed or deprovisioned, or have left.'],
  ['trigger.disabled', 'A trigger was disabled, by a person or because its firings were refused.'],
] as const

const secret = () => `whsec_${randomBytes(32).toString('base64')}`

const delivery = (event: string, more: Partial<Delivery> = {}): Delivery => ({
  id: newId('msg'),
  event,
  body: JSON.stringify({ type: event, version: 1, timestamp: at(0), data: {} }),
  status: 'DELIVERED',
  attempts: 1,
  responseStatus: 200,
  response: 'ok',
  error: null,
  createdAt: at(0),
  nextAt: null,
  attemptedAt: at(0),
  ...more,
})

const terms = ({ url, description, format, events, enabled }: Terms) => ({
  url,
  description: description ?? '',
  format: format ?? ('STANDARD' as const),
  events: types.map(([name]) => name).filter((name) => events.includes(name)),
  enabled: enabled ?? true,
})

const endpointOf = (name: string, all: Terms): Endpoint => ({
  id: newId('endpoint'),
  ...terms(all),
  disabledReason: null,
  secretSince: at(0),
  oldSecretUntil: null,
  failingSince: null,
  createdBy: name,
  createdAt: at(0),
  sent: [],
})

const samples = (name: string): Endpoint[] => [
  {
    ...endpointOf(name, {
      url: 'https://hooks.northwind.example/flowmason',
      events: ['run.failed', 'pipeline.published'],
    }),
    failingSince: at(-5),
    sent: [
      delivery('run.failed', {
        status: 'QUEUED',
        attempts: 4,
        responseStatus: 503,
        response: 'down for maintenance',
        error: 'The status of the answer is 503',
        createdAt: at(-3),
        nextAt: at(1),
      }),
      delivery('pipeline.published', { createdAt: at(-30), attemptedAt: at(-30) }),
    ],
  },
]

export function webhooks({ store, wait }: Mock) {
  let all: Endpoint[] = store.data.members?.length ? samples(store.data.user.name) : []
  const find = (id: string) => {
    const found = all.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such webhook endpoint')
    return found
  }
  const typed = (each: Delivery) => ({ __typename: 'WebhookEndpointDelivery', ...each })
  const shown = ({ sent, ...endpoint }: Endpoint) => ({
    __typename: 'WebhookEndpoint',
    ...endpoint,
    deliveries: () => ({
      edges: sent.map((each) => ({ cursor: each.id, node: typed(each) })),
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    }),
  })
  return {
    webhookEndpoints: async () => (await wait(), all.map(shown)),
    webhookEndpoint: async ({ id }: { id: string }) => (await wait(), shown(find(id))),
    webhookEventTypes: () =>
      types.map(([name, description]) => ({
        __typename: 'WebhookEventType',
        name,
        version: 1,
        description,
        schema: {},
      })),
    createWebhookEndpoint: ({ input }: { input: Terms }) => {
      if (input.events.length === 0)
        throw new Problem('INVALID_INPUT', 'events: is empty; choose at least one type of event')
      const made = endpointOf(store.data.user.name, input)
      all = [made, ...all]
      return { webhookEndpoint: shown(made), secret: secret() }
    },
    updateWebhookEndpoint: ({ input }: { input: Terms & { id: string } }) => ({
      webhookEndpoint: shown(Object.assign(find(input.id), terms(input))),
    }),
    deleteWebhookEndpoint: ({ input }: { input: { id: string } }) => {
      const { id } = find(input.id)
      all = all.filter((each) => each.id !== id)
      return { deletedId: id }
    },
    rotateWebhookEndpointSecret: ({ input }: { input: { id: string } }) => ({
      webhookEndpoint: shown(Object.assign(find(input.id), { secretSince: at(0), oldSecretUntil: at(24) })),
      secret: secret(),
    }),
    testWebhookEndpoint: ({ input }: { input: { id: string } }) => {
      const endpoint = find(input.id)
      const made = delivery('webhook.test')
      endpoint.sent.unshift(made)
      endpoint.failingSince = null
      return { delivery: typed(made) }
    },
    redeliverWebhookEvent: ({ input }: { input: { deliveryId: string } }) => {
      const found = all.flatMap(({ sent }) => sent).find(({ id }) => id === input.deliveryId)
      if (!found) throw new Problem('NOT_FOUND', 'There is no such delivery')
      Object.assign(found, delivery(found.event, { id: found.id, body: found.body, createdAt: found.createdAt }))
      return { delivery: typed(found) }
    },
  }
}
