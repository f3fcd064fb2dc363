// What an application asks for, in words, and the two answers.

import type { ReactNode } from 'react'
import { Check, Minus } from 'lucide-react'
import type { RequestedScopeFieldsFragment } from '@flowmason/graphql/account'
import { Button, Ticked, cx } from '@flowmason/ui'

interface Props {
  scopes: readonly RequestedScopeFieldsFragment[]
  organization: string
  busy: boolean
  onAnswer: (allow: boolean) => void
  /** Who asks, and what happens afterwards. */
  children: ReactNode
}

export function RequestedScopes({ scopes, organization, busy, onAnswer, children }: Props) {
  const lacking = scopes.some((scope) => !scope.isHeld)
  return (
    <div className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5">
      <p className="wrap-anywhere">
        In <span className="font-medium">{organization}</span> it will be able to:
      </p>
      <ul aria-label="Permissions" className="flex flex-col gap-2">
        {scopes.map((scope) => (
          <li key={scope.name} className={cx('flex items-start gap-2', !scope.isHeld && 'text-muted')}>
            {scope.isHeld ? (
              <Check size={14} aria-hidden="true" className="mt-0.5 shrink-0" />
            ) : (
              <Minus size={14} aria-hidden="true" className="mt-0.5 shrink-0" />
            )}
            <span className="min-w-0">
              <Ticked text={scope.description} /> <code className="text-xs text-muted">{scope.name}</code>
              {!scope.isHeld && <span className="block text-xs">Not available: your role does not allow it.</span>}
            </span>
          </li>
        ))}
      </ul>
      {lacking && <p className="text-xs text-muted">It can never do more than you can.</p>}
      <div className="text-xs wrap-anywhere text-muted">{children}</div>
      <div className="flex flex-col gap-2">
        <Button variant="primary" large busy={busy} onClick={() => onAnswer(true)}>
          Allow
        </Button>
        <Button variant="quiet" disabled={busy} onClick={() => onAnswer(false)}>
          Do not allow
        </Button>
      </div>
    </div>
  )
}
