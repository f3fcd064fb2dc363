// One application with access: what it may do, since when, and the action to end it.

import { useState } from 'react'
import { Ago, Button } from '@flowmason/ui'

interface Props {
  grant: { applicationName: string; scopes: readonly string[]; createdAt: string; lastUsedAt: string }
  /** Where it acts, or for whom. */
  detail: string
  busy: boolean
  onEnd: () => void
}

export function GrantRow({ grant, detail, busy, onEnd }: Props) {
  const [asks, setAsks] = useState(false)
  const { applicationName: name, scopes } = grant
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">
          {name} <span className="font-normal text-muted">{detail}</span>
        </p>
        <p className="text-xs wrap-anywhere text-muted">
          <span title={scopes.join(', ')}>{scopes.length === 1 ? '1 permission' : `${scopes.length} permissions`}</span>{' '}
          · allowed <Ago at={grant.createdAt} /> · last used <Ago at={grant.lastUsedAt} />
        </p>
      </div>
      {asks ? (
        <span className="flex flex-wrap items-center gap-2">
          <span className="text-xs text-muted">It loses access at once.</span>
          <Button variant="danger" busy={busy} onClick={onEnd}>
            End access
          </Button>
          <Button variant="quiet" onClick={() => setAsks(false)}>
            Keep
          </Button>
        </span>
      ) : (
        <Button variant="quiet" onClick={() => setAsks(true)} aria-label={`End the access of ${name} ${detail}`}>
          End access
        </Button>
      )}
    </li>
  )
}
