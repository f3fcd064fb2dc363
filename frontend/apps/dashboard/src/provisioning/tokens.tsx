// The tokens of identity providers: creating one, which is shown once, and revoking it.

import { useState } from 'react'
import { KeyRound, Plus } from 'lucide-react'
import {
  CreateScimTokenDocument,
  RevokeScimTokenDocument,
  type ScimTokenFieldsFragment,
} from '@flowmason/graphql/people'
import { Ago, Button, Empty, Field, Input, Select, Ticked, useNow } from '@flowmason/ui'
import { AskOnce, Row } from '../access/row.tsx'
import { FormDialog, textOf } from '../access/form-dialog.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'
import { listBox } from '../pages/list.tsx'
import { SecretDialog } from '../pages/secret-dialog.tsx'

const DAY_MS = 86_400_000
const lifetimes: readonly [number, string][] = [
  [0, 'Never'],
  [90, '90 days'],
  [365, '1 year'],
]

export function Tokens({ tokens }: { tokens: readonly ScimTokenFieldsFragment[] }) {
  const [adding, setAdding] = useState(false)
  return (
    <>
      <div className={listBox}>
        {tokens.length === 0 ? (
          <Empty icon={<KeyRound size={20} aria-hidden="true" />} title="No tokens yet" className="py-8">
            Create a token and enter it at the identity provider.
          </Empty>
        ) : (
          <ul aria-label="Tokens" className="divide-y divide-line">
            {tokens.map((token) => (
              <TokenRow key={token.id} token={token} />
            ))}
          </ul>
        )}
      </div>
      <div>
        <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setAdding(true)}>
          New token
        </Button>
      </div>
      {adding && <NewToken onClose={() => setAdding(false)} />}
    </>
  )
}

function TokenRow({ token }: { token: ScimTokenFieldsFragment }) {
  const revoke = useChange(RevokeScimTokenDocument)
  const now = useNow(true, 'slow')
  const expired = token.expiresAt != null && Date.parse(token.expiresAt) <= now
  const ended = expired || token.revokedAt != null
  return (
    <Row
      title={token.name}
      muted={ended}
      lines={
        <>
          <code>{token.prefix}…</code> ·{' '}
          {token.lastUsedAt ? (
            <>
              used <Ago at={token.lastUsedAt} />
            </>
          ) : (
            'never used'
          )}
          {token.expiresAt && (
            <>
              {expired ? ' · expired ' : ' · expires '}
              <Ago at={token.expiresAt} />
            </>
          )}
          {token.revokedAt && (
            <>
              {' · revoked '}
              <Ago at={token.revokedAt} />
            </>
          )}
          {!token.removesOwners && !ended && ' · does not remove owners'}
        </>
      }
    >
      {!token.revokedAt && (
        <AskOnce
          label="Revoke"
          of={token.name}
          busy={revoke.busy}
          onConfirm={() => void revoke.run({ input: { id: token.id } })}
        />
      )}
    </Row>
  )
}

function NewToken({ onClose }: { onClose: () => void }) {
  const create = useChange(CreateScimTokenDocument, { inPlace: true })
  const [secret, setSecret] = useState<string>()
  const { errors, check, form } = useFormCheck({ name: 'Enter a name, such as the identity provider.' })
  const refused = fieldProblem(create.problem, { name: 'The name', expiresAt: 'The expiry' })
  const save = async (element: HTMLFormElement) => {
    create.clear()
    if (!check(element)) return
    const days = Number(textOf(element, 'days'))
    const expiresAt = days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null
    const done = await create.run({ input: { name: textOf(element, 'name'), expiresAt } })
    if (done) setSecret(done.createScimToken.secret)
  }
  if (secret)
    return (
      <SecretDialog
        title="Your new token"
        secret={secret}
        copy="Copy the token"
        done="I have saved it"
        testId="secret"
        onClose={onClose}
      >
        This is the only time the token is shown. Enter it at the identity provider.
      </SecretDialog>
    )
  const errorAt = (name: string) => errors[name] ?? (refused.at[name] && <Ticked text={refused.at[name]} />)
  return (
    <FormDialog
      title="New token"
      action="Create the token"
      busy={create.busy}
      failed="No token was created"
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field label="Name" error={errorAt('name')} hint="The identity provider that uses it, such as “Okta”.">
        {(ids) => <Input {...ids} name="name" required autoComplete="off" />}
      </Field>
      <Field
        label="Expires after"
        error={errorAt('expiresAt')}
        hint="Nobody is added or removed once it has expired. Create the next token before."
      >
        {(ids) => (
          <Select {...ids} name="days" defaultValue={0}>
            {lifetimes.map(([days, label]) => (
              <option key={days} value={days}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  )
}
