// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import type { WebhookEndpointFieldsFragment } from '@flowmason/graphql/people'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebhookPage } from './webhook-page.tsx'
import { WebhooksPage } from './webhooks-page.tsx'

const admin = { user: { id: 'user_1', name: 'Ada' }, permissions: ['organization.update'] }
const given: { answer: object; viewer: object } = { answer: {}, viewer: admin }
const run = vi.fn<(variables: object) => Promise<object | undefined>>()

vi.mock('@tanstack/react-router', () => ({
  Link: ({ children }: { children: ReactNode }) => <a href="/">{children}</a>,
  useNavigate: () => () => {},
  useParams: () => ({ endpointId: 'endpoint_1' }),
  useSearch: () => ({}),
}))
vi.mock('../shell/shell.tsx', () => ({ useViewer: () => given.viewer }))
vi.mock('../lib/use-change.ts', () => ({
  useChange: () => ({ run, busy: false, problem: undefined, clear: () => {} }),
}))
vi.mock('@flowmason/ui/toast', () => ({ toast: () => {} }))
vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: () => ({ data: undefined, problem: undefined, fetching: false, refetch: () => {}, ...given.answer }),
}))

beforeEach(() => {
  run.mockReset()
  run.mockResolvedValue({})
  given.viewer = admin
  given.answer = {}
})
afterEach(cleanup)

const endpoint: WebhookEndpointFieldsFragment = {
  id: 'endpoint_1',
  url: 'https://hooks.example.com/in',
  description: 'On-call',
  format: 'STANDARD',
  events: ['run.failed'],
  enabled: true,
  disabledReason: null,
  secretSince: '2026-03-01T09:30:00Z',
  oldSecretUntil: null,
  failingSince: null,
  createdBy: 'Ada',
  createdAt: '2026-03-01T09:30:00Z',
}

const one = (more: Partial<WebhookEndpointFieldsFragment>) => ({
  data: {
    webhookEndpoint: {
      ...endpoint,
      ...more,
      deliveries: { edges: [], pageInfo: { hasNextPage: false, endCursor: null } },
    },
  },
})

test('the list says when it loads, fails, is empty, and may not be seen', () => {
  const { rerender } = render(<WebhooksPage />)
  expect(screen.getByRole('status').textContent).toContain('Loading the webhooks')
  given.answer = { problem: { message: 'The server cannot be reached', code: 'OFFLINE' } }
  rerender(<WebhooksPage />)
  expect(screen.getByRole('alert').textContent).toContain('The webhooks could not be loaded')
  given.answer = { data: { webhookEndpoints: [] } }
  rerender(<WebhooksPage />)
  expect(screen.getByText('No webhooks yet')).toBeTruthy()
  given.viewer = { ...admin, permissions: [] }
  rerender(<WebhooksPage />)
  expect(screen.getByText(/Your role cannot view the webhooks/)).toBeTruthy()
})

test('the list names each address with its events, and why one is disabled', () => {
  given.answer = {
    data: {
      webhookEndpoints: [endpoint, { ...endpoint, id: '2', enabled: false, disabledReason: 'It failed for days' }],
    },
  }
  render(<WebhooksPage />)
  expect(screen.getAllByText('https://hooks.example.com/in')).toHaveLength(2)
  expect(screen.getAllByText('run.failed')).toHaveLength(2)
  expect(screen.getByText('It failed for days')).toBeTruthy()
})

test('the page says when there is no such webhook', () => {
  given.answer = { problem: { message: 'There is no such webhook endpoint', code: 'NOT_FOUND' } }
  render(<WebhookPage />)
  expect(screen.getByText('Webhook not found')).toBeTruthy()
})

test('a test is sent to an enabled webhook, and a disabled one is enabled', async () => {
  given.answer = one({})
  render(<WebhookPage />)
  expect(screen.getByText('Nothing was sent yet')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Send a test' }))
  await waitFor(() => expect(run).toHaveBeenCalledWith({ input: { id: 'endpoint_1' } }))
  cleanup()
  given.answer = one({ enabled: false, disabledReason: 'It failed for days' })
  render(<WebhookPage />)
  expect(screen.queryByRole('button', { name: 'Send a test' })).toBeNull()
  expect(screen.getByText('It failed for days')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Enable' }))
  await waitFor(() =>
    expect(run).toHaveBeenLastCalledWith({
      input: {
        id: 'endpoint_1',
        url: endpoint.url,
        description: 'On-call',
        format: 'STANDARD',
        events: ['run.failed'],
        enabled: true,
      },
    }),
  )
})

test('a new secret is shown once, to a person', async () => {
  run.mockResolvedValue({ rotateWebhookEndpointSecret: { secret: 'whsec_new' } })
  given.answer = one({})
  render(<WebhookPage />)
  fireEvent.click(screen.getByRole('button', { name: 'New secret' }))
  expect(await screen.findByText('whsec_new')).toBeTruthy()
  cleanup()
  given.viewer = { ...admin, user: null }
  render(<WebhookPage />)
  expect(screen.queryByRole('button', { name: 'New secret' })).toBeNull()
})
