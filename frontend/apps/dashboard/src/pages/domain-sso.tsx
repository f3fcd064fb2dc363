// Whether single sign-on is enforced for the addresses of a domain, and the dialog that enforces it.

import { useState } from 'react'
import { type DomainFieldsFragment, EnforceSsoDocument, StopEnforcingSsoDocument } from '@flowmason/graphql/people'
import { Button, Moment } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { AskOnce } from '../access/row.tsx'
import { FormDialog, textOf } from '../access/form-dialog.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'
import { BreakGlassField, BreakGlassOwner } from './break-glass-field.tsx'
import { SsoUnprepared } from './sso-unprepared.tsx'

export function DomainSso({ domain }: { domain: DomainFieldsFragment }) {
  const [open, setOpen] = useState(false)
  const stop = useChange(StopEnforcingSsoDocument)
  const enforced = domain.ssoEnforcedAt
  if (!enforced && domain.status !== 'PROVED') return null
  const end = async () => {
    const done = await stop.run({ input: { domainId: domain.id } })
    if (done) toast(`People of ${domain.displayName} can sign in with passwords and passkeys again.`)
  }
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <p className="min-w-0 flex-1 text-xs text-muted max-sm:basis-full">
        {enforced ? (
          <>
            <span className="font-medium text-ok">Single sign-on has been enforced</span> since <Moment at={enforced} />
            <BreakGlassOwner />
          </>
        ) : (
          'People with an address of this domain may also sign in with a password or a passkey.'
        )}
      </p>
      <span className="flex items-center gap-2">
        <Button
          aria-label={`${enforced ? 'Change the owner' : 'Enforce single sign-on'}: ${domain.displayName}`}
          onClick={() => setOpen(true)}
        >
          {enforced ? 'Change the owner' : 'Enforce single sign-on'}
        </Button>
        {enforced && (
          <AskOnce label="Stop enforcing" of={domain.displayName} busy={stop.busy} onConfirm={() => void end()} />
        )}
      </span>
      {open && <EnforceDialog domain={domain} onClose={() => setOpen(false)} />}
    </div>
  )
}

const labels = { breakGlassOwnerId: 'The break-glass owner' }

function EnforceDialog({ domain, onClose }: { domain: DomainFieldsFragment; onClose: () => void }) {
  const enforce = useChange(EnforceSsoDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ owner: 'Choose an owner who has a passkey.' })
  const refused = fieldProblem(enforce.problem, labels)
  const again = domain.ssoEnforcedAt !== null
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const done = await enforce.run({ input: { domainId: domain.id, breakGlassOwnerId: textOf(element, 'owner') } })
    if (!done) return
    toast(`Single sign-on is enforced for ${domain.displayName}.`)
    onClose()
  }
  return (
    <FormDialog
      title={again ? 'Change the break-glass owner' : `Enforce single sign-on for ${domain.displayName}?`}
      action={again ? 'Change the owner' : 'Enforce single sign-on'}
      busy={enforce.busy}
      failed={again ? 'The owner was not changed' : 'Single sign-on is not enforced'}
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      {!again && (
        <ul className="flex list-disc flex-col gap-1 pl-5 text-muted">
          <li>
            Members with an address of {domain.displayName} reach this organization only through your identity provider.
            Sessions opened in another way are shut out at once, perhaps yours too.
          </li>
          <li>Their passwords and passkeys keep working for other organizations that they belong to.</li>
          <li>
            API keys keep working; applications must be allowed again. Members with other addresses are not affected.
          </li>
        </ul>
      )}
      {!again && <SsoUnprepared domainId={domain.id} />}
      <BreakGlassField error={errors['owner'] ?? refused.at['breakGlassOwnerId']} />
    </FormDialog>
  )
}
