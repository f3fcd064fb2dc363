// The fields of an identity provider that speaks OpenID Connect.

import type { ReactNode } from 'react'
import type { SsoProviderFieldsFragment, SsoProviderKind } from '@flowmason/graphql/people'
import { Field, Input } from '@flowmason/ui'
import { guides } from '../lib/sso-words.ts'

interface Props {
  kind: SsoProviderKind
  provider: SsoProviderFieldsFragment | undefined
  errorAt: (name: string) => ReactNode
}

const words = (text: FormDataEntryValue | null) =>
  String(text ?? '')
    .split(/[\s,]+/)
    .filter(Boolean)

/** The settings in the form. */
export const readOidc = (form: FormData, provider: SsoProviderFieldsFragment | undefined) => ({
  issuer: String(form.get('issuer') ?? '').trim(),
  clientId: String(form.get('clientId') ?? '').trim(),
  scopes: words(form.get('scopes')),
  audiences: provider?.audiences ?? [],
})

export function OidcFields({ kind, provider, errorAt }: Props) {
  const guide = guides[kind]
  return (
    <>
      <Field label="Issuer" error={errorAt('issuer')} hint={guide.issuerHint}>
        {(ids) => (
          <Input
            {...ids}
            name="issuer"
            required
            autoComplete="off"
            spellCheck={false}
            placeholder={guide.issuer}
            defaultValue={provider?.issuer ?? ''}
          />
        )}
      </Field>
      <Field label="Client ID" error={errorAt('clientId')}>
        {(ids) => (
          <Input {...ids} name="clientId" required autoComplete="off" defaultValue={provider?.clientId ?? ''} />
        )}
      </Field>
      <Field
        label="Client secret"
        error={errorAt('clientSecret')}
        hint={provider?.hasClientSecret ? 'Leave it empty to keep the stored one.' : undefined}
      >
        {(ids) => <Input {...ids} name="clientSecret" type="password" autoComplete="off" />}
      </Field>
      <Field label="Scopes" error={errorAt('scopes')} hint="What to ask for besides “openid”.">
        {(ids) => (
          <Input
            {...ids}
            key={kind}
            name="scopes"
            autoComplete="off"
            defaultValue={(provider?.kind === kind ? provider.scopes : guide.scopes).join(' ')}
          />
        )}
      </Field>
    </>
  )
}
