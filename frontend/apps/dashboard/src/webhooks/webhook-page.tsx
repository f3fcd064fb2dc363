// One webhook endpoint: what it is, what can be done with it, and what was sent to it.

import { useState } from 'react'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Webhook } from 'lucide-react'
import {
  DeleteWebhookEndpointDocument,
  RotateWebhookEndpointSecretDocument,
  TestWebhookEndpointDocument,
  UpdateWebhookEndpointDocument,
  type WebhookEndpointFieldsFragment,
  WebhookEndpointPageDocument,
} from '@flowmason/graphql/people'
import { Ago, Button, Empty, ErrorPanel, Loading, Moment, Note, Skeleton } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { AskOnce } from '../access/row.tsx'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { List, Pages, RowSkeletons } from '../pages/list.tsx'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { DeliveryRow } from './delivery-row.tsx'
import { EndpointDialog, WebhookSecret } from './endpoint-dialog.tsx'

const PAGE = 20

export function WebhookPage() {
  useTitle('Webhook')
  const { endpointId } = useParams({ from: '/shell/settings/webhooks/$endpointId' })
  const { after } = useSearch({ from: '/shell/settings/webhooks/$endpointId' })
  const navigate = useNavigate({ from: '/settings/webhooks/$endpointId' })
  const viewer = useViewer()
  const may = viewer?.permissions.includes('organization.update') ?? false
  const variables = { id: endpointId, first: PAGE, after: after ?? null }
  const answer = useAnswer(WebhookEndpointPageDocument, variables, { pause: !may, keep: true })
  const endpoint = answer.data?.webhookEndpoint
  const missing = answer.problem?.code === 'NOT_FOUND'
  return (
    <>
      <PageHead
        crumbs={[
          { label: 'Settings', to: { to: '/settings' }, wide: true },
          { label: 'Webhooks', to: { to: '/settings/webhooks' } },
          { label: endpoint ? hostOf(endpoint.url) : 'Webhook' },
        ]}
      />
      <Column className="flex flex-col gap-6">
        {viewer && !may && (
          <Note icon={<Webhook size={15} aria-hidden="true" />}>
            Your role cannot view the webhooks of the organization. Ask an owner or an admin.
          </Note>
        )}
        {missing && (
          <Empty icon={<Webhook size={20} aria-hidden="true" />} title="Webhook not found">
            There is no such webhook in this organization.
          </Empty>
        )}
        {answer.problem && !missing && (
          <ErrorPanel title="The webhook could not be loaded" problem={answer.problem} onRetry={answer.refetch} />
        )}
        {!answer.problem && !endpoint && (!viewer || may) && (
          <Loading label="Loading the webhook" className="flex flex-col gap-4">
            <Skeleton className="h-24 rounded-float" />
            <Skeleton className="h-40 rounded-float" />
          </Loading>
        )}
        {endpoint && (
          <>
            <Facts endpoint={endpoint} />
            <Actions
              endpoint={endpoint}
              person={viewer?.user != null}
              onTested={answer.refetch}
              onGone={() => void navigate({ to: '/settings/webhooks' })}
            />
            <section aria-labelledby="deliveries-title" className="flex flex-col gap-3">
              <h2 id="deliveries-title" className="title">
                Deliveries
              </h2>
              <List
                name="deliveries"
                answer={answer}
                rows={endpoint.deliveries.edges.map((edge) => edge.node)}
                loading={<RowSkeletons rows={2} height="h-16" front="hidden" />}
                empty={<Empty title="Nothing was sent yet">Send a test to see whether it arrives.</Empty>}
              >
                {(deliveries) => (
                  <ul aria-label="Deliveries" className="divide-y divide-line">
                    {deliveries.map((delivery) => (
                      <DeliveryRow key={delivery.id} delivery={delivery} enabled={endpoint.enabled} />
                    ))}
                  </ul>
                )}
              </List>
              <Pages
                after={after}
                page={endpoint.deliveries.pageInfo}
                words={['Newest', 'Older']}
                onGo={(to) => void navigate({ search: to ? { after: to } : {} })}
              />
            </section>
          </>
        )}
      </Column>
    </>
  )
}

/** The host of an address; the rest of it may be a secret. */
const hostOf = (url: string) => URL.parse(url)?.host ?? 'Webhook'

function Facts({ endpoint }: { endpoint: WebhookEndpointFieldsFragment }) {
  const { url, description, events, format, enabled, disabledReason, failingSince, oldSecretUntil } = endpoint
  return (
    <div className="flex flex-col gap-1">
      <p className="font-medium wrap-anywhere">{url}</p>
      {description && <p className="wrap-anywhere">{description}</p>}
      <p className="text-muted wrap-anywhere">
        {events.join(', ')} · {format === 'SLACK' ? 'for Slack' : 'as JSON'}
      </p>
      <p className="text-xs text-muted">
        Created by {endpoint.createdBy} <Ago at={endpoint.createdAt} />
        {' · secret made '}
        <Ago at={endpoint.secretSince} />
        {oldSecretUntil && (
          <>
            {' · the one before signs, too, until '}
            <Moment at={oldSecretUntil} />
          </>
        )}
      </p>
      {!enabled && <Note icon={<Webhook size={15} aria-hidden="true" />}>{disabledReason ?? 'It is disabled.'}</Note>}
      {enabled && failingSince && (
        <p className="text-fail">
          {'Every attempt has failed since '}
          <Moment at={failingSince} />
          {'. After five days it is disabled.'}
        </p>
      )}
    </div>
  )
}

interface ActionsProps {
  endpoint: WebhookEndpointFieldsFragment
  person: boolean
  onTested: () => void
  onGone: () => void
}

function Actions({ endpoint, person, onTested, onGone }: ActionsProps) {
  const test = useChange(TestWebhookEndpointDocument)
  const update = useChange(UpdateWebhookEndpointDocument)
  const rotate = useChange(RotateWebhookEndpointSecretDocument)
  const remove = useChange(DeleteWebhookEndpointDocument)
  const [edited, setEdited] = useState(false)
  const [secret, setSecret] = useState<string>()
  const { id, url, description, format, events, enabled } = endpoint
  const set = (on: boolean) =>
    void update.run({ input: { id, url, description, format, events: [...events], enabled: on } })
  const send = async () => {
    if (!(await test.run({ input: { id } }))) return
    toast('A test is sent.')
    onTested()
  }
  const replace = async () => {
    const done = await rotate.run({ input: { id } })
    if (done) setSecret(done.rotateWebhookEndpointSecret.secret)
  }
  const end = async () => {
    if (await remove.run({ input: { id } })) onGone()
  }
  return (
    <div className="flex flex-wrap items-center gap-2">
      {enabled && (
        <Button busy={test.busy} onClick={() => void send()}>
          Send a test
        </Button>
      )}
      <Button onClick={() => setEdited(true)}>Edit</Button>
      {person && (
        <Button busy={rotate.busy} onClick={() => void replace()}>
          New secret
        </Button>
      )}
      {enabled ? (
        <AskOnce label="Disable" of="the webhook" busy={update.busy} onConfirm={() => set(false)} />
      ) : (
        <Button busy={update.busy} onClick={() => set(true)}>
          Enable
        </Button>
      )}
      <AskOnce
        label="Delete"
        of="the webhook"
        consequence="The list of what was sent to it is deleted, too."
        busy={remove.busy}
        onConfirm={() => void end()}
      />
      {edited && <EndpointDialog endpoint={endpoint} onClose={() => setEdited(false)} />}
      {secret && (
        <WebhookSecret title="The new secret" secret={secret} onClose={() => setSecret(undefined)}>
          This is the only time the secret is shown. For 24 hours, events are signed with the one before, too.
        </WebhookSecret>
      )}
    </div>
  )
}
