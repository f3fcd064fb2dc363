// The dialog that creates or changes a webhook endpoint. A new one shows its secret once.

import { type ReactNode, useState } from 'react'
import {
  CreateWebhookEndpointDocument,
  UpdateWebhookEndpointDocument,
  type WebhookEndpointFieldsFragment,
  WebhookEventTypesDocument,
  type WebhookFormat,
} from '@flowmason/graphql/people'
import { ErrorPanel, Field, Input, Loading, Select, Skeleton, Ticked } from '@flowmason/ui'
import { FormDialog, textOf } from '../access/form-dialog.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { SecretDialog } from '../pages/secret-dialog.tsx'

const labels = { url: 'The address', description: 'The description', events: 'The list of events' }

export function EndpointDialog({
  endpoint,
  onClose,
}: {
  endpoint?: WebhookEndpointFieldsFragment
  onClose: () => void
}) {
  const create = useChange(CreateWebhookEndpointDocument, { inPlace: true })
  const update = useChange(UpdateWebhookEndpointDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ url: 'Enter the address to which events are sent.' })
  const refused = fieldProblem(create.problem ?? update.problem, labels)
  const [secret, setSecret] = useState<string>()
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const input = {
      url: textOf(element, 'url'),
      description: textOf(element, 'description'),
      format: textOf(element, 'format') as WebhookFormat,
      events: new FormData(element).getAll('events').map(String),
    }
    if (endpoint) {
      if (await update.run({ input: { id: endpoint.id, enabled: endpoint.enabled, ...input } })) onClose()
      return
    }
    const done = await create.run({ input })
    if (done) setSecret(done.createWebhookEndpoint.secret)
  }
  if (secret)
    return (
      <WebhookSecret title="The secret of the webhook" secret={secret} onClose={onClose}>
        This is the only time the secret is shown. The receiver checks with it that events come from here.
      </WebhookSecret>
    )
  const errorAt = (name: string) => errors[name] ?? (refused.at[name] && <Ticked text={refused.at[name]} />)
  return (
    <FormDialog
      title={endpoint ? 'Edit the webhook' : 'New webhook'}
      action={endpoint ? 'Save' : 'Create the webhook'}
      busy={create.busy || update.busy}
      failed={endpoint ? 'The webhook was not changed' : 'No webhook was created'}
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field label="Address" error={errorAt('url')} hint="Events are sent there with POST.">
        {(ids) => (
          <Input
            {...ids}
            name="url"
            type="url"
            required
            maxLength={2000}
            defaultValue={endpoint?.url}
            placeholder="https://example.com/webhooks"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <Field label="Description" error={errorAt('description')} hint="Optional.">
        {(ids) => (
          <Input {...ids} name="description" maxLength={500} defaultValue={endpoint?.description} autoComplete="off" />
        )}
      </Field>
      <Field label="Format" hint="Slack: for the address of an incoming webhook of Slack.">
        {(ids) => (
          <Select {...ids} name="format" defaultValue={endpoint?.format ?? 'STANDARD'}>
            <option value="STANDARD">JSON</option>
            <option value="SLACK">Slack</option>
          </Select>
        )}
      </Field>
      <Events chosen={endpoint?.events ?? []} error={errorAt('events')} />
    </FormDialog>
  )
}

/** The types of events to choose from. */
function Events({ chosen, error }: { chosen: readonly string[]; error: ReactNode }) {
  const answer = useAnswer(WebhookEventTypesDocument, {})
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 font-medium">Events</legend>
      {answer.problem && (
        <ErrorPanel title="The types of events could not be loaded" problem={answer.problem} onRetry={answer.refetch} />
      )}
      {!answer.data && !answer.problem && (
        <Loading label="Loading the types of events">
          <Skeleton className="h-40" />
        </Loading>
      )}
      {answer.data?.webhookEventTypes.map(({ name, description }) => (
        <div key={name}>
          <label className="flex items-center gap-2">
            <input type="checkbox" name="events" value={name} defaultChecked={chosen.includes(name)} />
            {name}
          </label>
          <p className="pl-5 text-xs text-muted">{description}</p>
        </div>
      ))}
      {error && (
        <p role="alert" className="text-xs text-fail">
          {error}
        </p>
      )}
    </fieldset>
  )
}

/** Shows a secret, which cannot be shown again. */
export const WebhookSecret = ({
  title,
  secret,
  onClose,
  children,
}: {
  title: string
  secret: string
  onClose: () => void
  children: ReactNode
}) => (
  <SecretDialog
    title={title}
    secret={secret}
    copy="Copy the secret"
    done="I have saved it"
    testId="secret"
    onClose={onClose}
  >
    {children}
  </SecretDialog>
)
