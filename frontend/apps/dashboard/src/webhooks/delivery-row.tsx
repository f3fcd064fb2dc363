// What was sent to a webhook endpoint once: its state, the latest attempt, and its body.

import { useState } from 'react'
import { RotateCcw } from 'lucide-react'
import { RedeliverWebhookEventDocument, type WebhookDeliveryFieldsFragment } from '@flowmason/graphql/people'
import { Ago, Button, Moment, cx } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useChange } from '../lib/use-change.ts'
import { count } from '../lib/words.ts'

const words = { QUEUED: 'Waits', DELIVERED: 'Delivered', FAILED: 'Failed' } as const
const tones = { QUEUED: 'text-wait', DELIVERED: 'text-ok', FAILED: 'text-fail' } as const

export function DeliveryRow({ delivery, enabled }: { delivery: WebhookDeliveryFieldsFragment; enabled: boolean }) {
  const again = useChange(RedeliverWebhookEventDocument)
  const [open, setOpen] = useState(false)
  const { id, event, status, attempts, responseStatus, response, error, nextAt, createdAt } = delivery
  const send = async () => {
    if (await again.run({ input: { deliveryId: id } })) toast('It is sent again.')
  }
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 px-3 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <code className="font-medium">{event}</code>
          <span className={cx('text-xs font-medium', tones[status])}>{words[status]}</span>
        </p>
        <p className="text-xs text-muted">
          <Ago at={createdAt} />
          {attempts > 0 && ` · ${count(attempts, 'attempt')}`}
          {responseStatus != null && ` · status ${responseStatus}`}
          {status === 'QUEUED' && attempts > 0 && nextAt && (
            <>
              {' · next attempt '}
              <Moment at={nextAt} />
            </>
          )}
        </p>
        {error && <p className="text-xs wrap-anywhere text-fail">{error}</p>}
      </div>
      <span className="flex items-center gap-1">
        <Button variant="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Less' : 'More'}
        </Button>
        {enabled && (
          <Button busy={again.busy} icon={<RotateCcw size={13} aria-hidden="true" />} onClick={() => void send()}>
            Send again
          </Button>
        )}
      </span>
      {open && (
        <dl className="flex min-w-0 basis-full flex-col gap-1 text-xs">
          <dt className="text-muted">Sent</dt>
          <dd>
            <pre className="max-h-60 overflow-auto rounded-control bg-sunk p-2 wrap-anywhere whitespace-pre-wrap">
              {pretty(delivery.body)}
            </pre>
          </dd>
          {response && (
            <>
              <dt className="text-muted">Beginning of the answer</dt>
              <dd>
                <pre className="max-h-40 overflow-auto rounded-control bg-sunk p-2 wrap-anywhere whitespace-pre-wrap">
                  {response}
                </pre>
              </dd>
            </>
          )}
        </dl>
      )}
    </li>
  )
}

function pretty(body: unknown): string {
  const text = String(body)
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
