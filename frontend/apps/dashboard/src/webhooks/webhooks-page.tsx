// The webhook endpoints of the organization: a list, and the dialog that makes one.

import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Plus, Webhook } from 'lucide-react'
import { type WebhookEndpointFieldsFragment, WebhookEndpointsDocument } from '@flowmason/graphql/people'
import { Ago, Button, Empty } from '@flowmason/ui'
import { Row } from '../access/row.tsx'
import { useAnswer } from '../lib/use-answer.ts'
import { useTitle } from '../lib/use-title.ts'
import { List, RowSkeletons } from '../pages/list.tsx'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { EndpointDialog } from './endpoint-dialog.tsx'

export function WebhooksPage() {
  useTitle('Webhooks')
  const viewer = useViewer()
  const may = viewer?.permissions.includes('organization.update') ?? false
  const answer = useAnswer(WebhookEndpointsDocument, {}, { pause: !may })
  const [open, setOpen] = useState(false)
  return (
    <>
      <PageHead crumbs={[{ label: 'Settings', to: { to: '/settings' }, wide: true }, { label: 'Webhooks' }]} />
      <Column className="flex flex-col gap-4">
        <p className="max-w-150 text-muted">
          What happens in the organization is sent to these addresses, signed as standard webhooks are. What is not
          accepted is sent again for three days.
        </p>
        <List
          name="webhooks"
          answer={answer}
          rows={answer.data?.webhookEndpoints}
          denied={
            viewer && !may
              ? {
                  icon: <Webhook size={15} aria-hidden="true" />,
                  words: 'Your role cannot view the webhooks of the organization. Ask an owner or an admin.',
                }
              : undefined
          }
          loading={<RowSkeletons rows={2} height="h-16" front="hidden" />}
          empty={
            <Empty icon={<Webhook size={20} aria-hidden="true" />} title="No webhooks yet" className="py-8">
              Create one to tell a program or a Slack channel when a run has failed.
            </Empty>
          }
        >
          {(endpoints) => (
            <ul aria-label="Webhooks" className="divide-y divide-line">
              {endpoints.map((endpoint) => (
                <EndpointRow key={endpoint.id} endpoint={endpoint} />
              ))}
            </ul>
          )}
        </List>
        {viewer?.user && may && (
          <div>
            <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setOpen(true)}>
              New webhook
            </Button>
          </div>
        )}
        {open && <EndpointDialog onClose={() => setOpen(false)} />}
      </Column>
    </>
  )
}

function EndpointRow({ endpoint }: { endpoint: WebhookEndpointFieldsFragment }) {
  const { id, url, description, events, enabled, disabledReason, failingSince } = endpoint
  return (
    <Row
      title={
        <Link
          to="/settings/webhooks/$endpointId"
          params={{ endpointId: id }}
          className="underline-offset-2 hover:underline"
        >
          {url}
        </Link>
      }
      muted={!enabled}
      lines={
        <>
          {description && <p>{description}</p>}
          <p>{events.join(', ')}</p>
          {!enabled && <p>{disabledReason ?? 'Disabled'}</p>}
          {enabled && failingSince && (
            <p className="text-fail">
              {'Failing since '}
              <Ago at={failingSince} />
            </p>
          )}
        </>
      }
    />
  )
}
