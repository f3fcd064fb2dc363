// The choice of the owner who can enter with a passkey while single sign-on is enforced.

import type { ReactNode } from 'react'
import { SsoOwnerChoicesDocument } from '@flowmason/graphql/people'
import { Field, Select } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'

/** Its value is the field `owner` of the form. */
export function BreakGlassField({ error }: { error: ReactNode }) {
  const choices = useAnswer(SsoOwnerChoicesDocument, {}, { requestPolicy: 'network-only' }).data?.ssoOwnerChoices
  return (
    <Field
      label="Break-glass owner"
      hint="Can enter with a passkey if your identity provider fails. Every owner gets a mail when it happens."
      error={error}
    >
      {(ids) => (
        <Select
          {...ids}
          key={choices ? 'ready' : 'loading'}
          name="owner"
          required
          defaultValue={choices?.find((one) => one.chosen)?.userId ?? ''}
        >
          <option value="" disabled>
            {choices?.some((one) => one.hasPasskey) === false ? 'No owner has a passkey yet' : 'Choose an owner'}
          </option>
          {choices?.map((one) => (
            <option key={one.userId} value={one.userId} disabled={!one.hasPasskey}>
              {one.email ? `${one.name} (${one.email})` : one.name}
              {!one.hasPasskey && ' – no passkey'}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

export function BreakGlassOwner() {
  const { data } = useAnswer(SsoOwnerChoicesDocument, {})
  const owner = data?.ssoOwnerChoices.find((choice) => choice.chosen)
  return owner ? <> · {owner.name} can enter with a passkey</> : null
}
