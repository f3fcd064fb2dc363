// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import type { WebhookDeliveryFieldsFragment } from '@flowmason/graphql/people'
import { Client, Provider } from 'urql'
import { afterEach, expect, test } from 'vitest'
import { DeliveryRow } from './delivery-row.tsx'

afterEach(cleanup)

const failed: WebhookDeliveryFieldsFragment = {
  id: 'msg_1',
  event: 'run.failed',
  body: '{"type":"run.failed"}',
  status: 'FAILED',
  attempts: 10,
  responseStatus: 503,
  response: 'down for maintenance',
  error: 'The status of the answer is 503',
  createdAt: '2026-03-01T09:30:00Z',
  nextAt: null,
  attemptedAt: '2026-03-04T09:30:00Z',
}

function show(delivery: WebhookDeliveryFieldsFragment, enabled: boolean) {
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [] })
  render(
    <Provider value={client}>
      <ul>
        <DeliveryRow delivery={delivery} enabled={enabled} />
      </ul>
    </Provider>,
  )
}

test('a failed delivery says why, and shows what was sent and answered', () => {
  show(failed, true)
  expect(screen.getByText('Failed')).toBeTruthy()
  expect(screen.getByText('The status of the answer is 503')).toBeTruthy()
  expect(screen.queryByText('down for maintenance')).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'More' }))
  expect(screen.getByText('down for maintenance')).toBeTruthy()
  expect(screen.getByText(/"type": "run.failed"/)).toBeTruthy()
})

test('nothing is sent again to a disabled webhook', () => {
  show(failed, true)
  expect(screen.getByRole('button', { name: 'Send again' })).toBeTruthy()
  cleanup()
  show(failed, false)
  expect(screen.queryByRole('button', { name: 'Send again' })).toBeNull()
})
