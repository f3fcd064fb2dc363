// One registered application: how it calls itself, what it may ask for, and the actions on it.

import { useState } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import {
  type ApplicationFieldsFragment,
  DeleteApplicationDocument,
  RotateApplicationSecretDocument,
} from '@flowmason/graphql/people'
import { Ago, Button, Copy, Left, useNow } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useChange } from '../lib/use-change.ts'
import { ChangeApplication } from './change-application.tsx'
import { SecretDialog } from './secret-dialog.tsx'

interface Props {
  application: ApplicationFieldsFragment
  /** Who may change it; nobody without the permission. */
  writer: ViewerFieldsFragment | undefined
  onGone: () => void
}

export function ApplicationRow({ application, writer, onGone }: Props) {
  const rotate = useChange(RotateApplicationSecretDocument)
  const remove = useChange(DeleteApplicationDocument)
  const now = useNow(true, 'slow')
  const [asks, setAsks] = useState(false)
  const [changes, setChanges] = useState(false)
  const [secret, setSecret] = useState<string>()
  const { clientId, name, scopes, redirectUris } = application
  const renew = async () => {
    const done = await rotate.run({ input: { clientId } })
    if (done) setSecret(done.rotateApplicationSecret.secret)
  }
  const end = async () => {
    if (!(await remove.run({ input: { clientId } }))) return
    toast(`${name} is deleted.`)
    onGone()
  }
  const ways = [
    redirectUris.length > 0 && `sends people back to ${redirectUris.join(', ')}`,
    application.deviceFlow && 'device flow',
    application.serviceAccountId && 'acts as a service account',
  ].filter(Boolean)
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <div className="min-w-0 flex-1 basis-64">
        <p className="truncate font-medium">{name}</p>
        <p className="flex items-center gap-1 text-xs text-muted">
          <code className="min-w-0 truncate">{clientId}</code>
          <Copy text={clientId} label={`Copy the client id of ${name}`} />
        </p>
        <p className="text-xs wrap-anywhere text-muted">
          {application.kind === 'CONFIDENTIAL' ? 'confidential' : 'public'} ·{' '}
          <span title={scopes.join(', ')}>{scopes.length === 1 ? '1 scope' : `${scopes.length} scopes`}</span> ·{' '}
          {ways.join(' · ')}
        </p>
        <p className="text-xs wrap-anywhere text-muted">
          {application.secretPrefix && (
            <>
              secret <code>{application.secretPrefix}…</code> ·{' '}
            </>
          )}
          {application.formerSecretUntil && Date.parse(application.formerSecretUntil) > now && (
            <>
              the old secret works for <Left until={application.formerSecretUntil} /> ·{' '}
            </>
          )}
          {application.lastUsedAt ? (
            <>
              used <Ago at={application.lastUsedAt} />
            </>
          ) : (
            'never used'
          )}
        </p>
      </div>
      {writer &&
        (asks ? (
          <span className="flex flex-wrap items-center gap-2">
            <span className="text-xs text-muted">All of its access ends at once.</span>
            <Button variant="danger" busy={remove.busy} onClick={() => void end()}>
              Delete
            </Button>
            <Button variant="quiet" onClick={() => setAsks(false)}>
              Keep
            </Button>
          </span>
        ) : (
          <span className="-ml-2.5 flex items-center gap-1 sm:ml-0">
            <Button variant="quiet" onClick={() => setChanges(true)} aria-label={`Change ${name}`}>
              Change
            </Button>
            {application.secretPrefix && (
              <Button
                variant="quiet"
                busy={rotate.busy}
                onClick={() => void renew()}
                aria-label={`New secret for ${name}`}
              >
                New secret
              </Button>
            )}
            <Button variant="quiet" onClick={() => setAsks(true)} aria-label={`Delete ${name}`}>
              Delete
            </Button>
          </span>
        ))}
      {changes && writer && (
        <ChangeApplication application={application} viewer={writer} onClose={() => setChanges(false)} />
      )}
      {secret && (
        <SecretDialog
          title={`The new secret of ${name}`}
          secret={secret}
          copy="Copy the secret"
          done="I have saved it"
          testId="secret"
          onClose={() => setSecret(undefined)}
        >
          This is the only time the secret is shown. The old one is accepted for one more day.
        </SecretDialog>
      )}
    </li>
  )
}
