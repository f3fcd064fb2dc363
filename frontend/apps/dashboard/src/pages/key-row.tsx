// One API key of the list: what it may do, when it ends, its last use, and the actions on it.

import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { type ApiKeyFieldsFragment, RevokeApiKeyDocument } from '@flowmason/graphql/people'
import { Ago, Button, Left, cx, useNow } from '@flowmason/ui'
import { keyAccess } from '../lib/key-words.ts'
import { useChange } from '../lib/use-change.ts'
import { RotateKey } from './rotate-key.tsx'

interface Props {
  apiKey: ApiKeyFieldsFragment
  /** The name of the service account that it belongs to, if it is known. */
  account: string | undefined
  mayWrite: boolean
}

export function KeyRow({ apiKey, account, mayWrite }: Props) {
  const revoke = useChange(RevokeApiKeyDocument)
  const [step, setStep] = useState<'revoke' | 'rotate'>()
  const now = useNow(true, 'slow')
  const expired = apiKey.expiresAt != null && Date.parse(apiKey.expiresAt) <= now
  const ended = expired || apiKey.revokedAt != null
  const networks = apiKey.allowedNetworks
  const holder = apiKey.serviceAccountId ? `service account ${account ? `${account} ` : ''}· ` : ''
  return (
    <li
      data-key={apiKey.id}
      className={cx('flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2', ended && 'text-muted')}
    >
      <div className="min-w-0 flex-1">
        <p className={cx('truncate font-medium', ended && 'line-through')}>
          <Link
            to="/settings/keys/$keyId"
            params={{ keyId: apiKey.id }}
            className="hover:underline hover:underline-offset-2"
          >
            {apiKey.name}
          </Link>
        </p>
        <p className="text-xs wrap-anywhere text-muted">
          <code>{apiKey.prefix}…</code> · {holder}
          {keyAccess(apiKey)}
          {networks.length > 0 && (
            <> · only from {networks.length > 2 ? `${networks.length} networks` : networks.join(', ')}</>
          )}
        </p>
        <p className="text-xs wrap-anywhere text-muted">
          {apiKey.lastUsedAt ? (
            <>
              Used <Ago at={apiKey.lastUsedAt} />
              {apiKey.lastUsedFrom && ` from ${apiKey.lastUsedFrom}`}
            </>
          ) : (
            'Never used'
          )}
          {apiKey.expiresAt && !ended && (
            <>
              {apiKey.replacedBy ? (
                <>
                  {' · replaced, works for '}
                  <Left until={apiKey.expiresAt} />
                </>
              ) : (
                <>
                  {' · expires '}
                  <Ago at={apiKey.expiresAt} />
                </>
              )}
            </>
          )}
        </p>
      </div>
      {apiKey.revokedAt ? (
        <span className="text-xs">
          revoked <Ago at={apiKey.revokedAt} />
        </span>
      ) : expired ? (
        <span className="text-xs">
          {apiKey.replacedBy ? 'replaced' : 'expired'} <Ago at={apiKey.expiresAt ?? ''} />
        </span>
      ) : step === 'revoke' ? (
        <span className="flex items-center gap-2">
          <span className="text-xs text-muted">Programs that use it lose access at once.</span>
          <Button variant="danger" busy={revoke.busy} onClick={() => void revoke.run({ input: { id: apiKey.id } })}>
            Revoke
          </Button>
          <Button variant="quiet" onClick={() => setStep(undefined)}>
            Keep
          </Button>
        </span>
      ) : (
        mayWrite && (
          <span className="flex items-center gap-1">
            {!apiKey.replacedBy && (
              <Button variant="quiet" onClick={() => setStep('rotate')} aria-label={`Rotate ${apiKey.name}`}>
                Rotate
              </Button>
            )}
            <Button variant="quiet" onClick={() => setStep('revoke')} aria-label={`Revoke ${apiKey.name}`}>
              Revoke
            </Button>
          </span>
        )
      )}
      {step === 'rotate' && <RotateKey apiKey={apiKey} onClose={() => setStep(undefined)} />}
    </li>
  )
}
