// The fields of an identity provider that speaks SAML 2.0, and what to enter there.

import type { ReactNode } from 'react'
import { TriangleAlert } from 'lucide-react'
import type {
  SamlFieldsFragment,
  SamlSettings,
  SamlSignedParts,
  SsoProviderFieldsFragment,
} from '@flowmason/graphql/people'
import { Ago, Field, Input, Note, Select, TextArea } from '@flowmason/ui'
import { signedParts, vouching } from '../lib/saml-words.ts'
import { CopiedLine } from './copied-line.tsx'
import { SamlCertificates, readCertificates } from './saml-certificates.tsx'
import { SamlKey } from './saml-key.tsx'

interface Props {
  provider: SsoProviderFieldsFragment | undefined
  errorAt: (name: string) => ReactNode
}

/** The settings in the form. */
export function readSaml(form: FormData, known: SamlFieldsFragment | null | undefined): SamlSettings {
  const text = (name: string) => String(form.get(name) ?? '').trim() || null
  return {
    metadata: text('metadata'),
    metadataUrl: text('metadata') ? null : text('metadataUrl'),
    certificates: readCertificates(form, known?.certificates ?? []),
    signedParts: (form.get('signedParts') ?? 'EITHER') as SamlSignedParts,
    unsolicited: form.get('unsolicited') === 'on',
    emailAttribute: text('emailAttribute'),
    nameAttribute: text('nameAttribute'),
  }
}

/** What to enter at the provider. It is known as soon as the provider was saved once. */
export const SamlService = ({ provider }: { provider: SsoProviderFieldsFragment | undefined }) =>
  provider?.saml ? (
    <>
      <CopiedLine name="ACS URL" text={provider.saml.serviceAcsUrl} copy="Copy the ACS URL" />
      <CopiedLine name="Entity ID and metadata" text={provider.saml.serviceEntityId} copy="Copy the entity ID" />
      <CopiedLine name="Log-out URL" text={provider.saml.serviceLogoutUrl} copy="Copy the log-out URL" />
      <SamlKey id={provider.id} saml={provider.saml} />
    </>
  ) : (
    <p className="text-muted">
      Give it a name and continue: then the addresses to enter at the provider are shown here, and you enter its
      metadata. Nobody can sign in with it before you turn it on.
    </p>
  )

export function SamlFields({ provider, errorAt }: Props) {
  const saml = provider?.saml
  return (
    <>
      <Field
        label="Metadata URL"
        error={errorAt('metadataUrl')}
        hint={
          saml?.metadataReadAt ? (
            <>
              Last read <Ago at={saml.metadataReadAt} />.{' '}
              {saml.followsMetadata
                ? 'It is read once a day. New certificates count, and the owners and admins get a mail.'
                : 'The certificates below stay. Remove them all to use those of the metadata.'}
            </>
          ) : (
            'Where the provider publishes its metadata. It is read now and once a day, so that new certificates count.'
          )
        }
      >
        {(ids) => (
          <Input
            {...ids}
            name="metadataUrl"
            autoComplete="off"
            spellCheck={false}
            placeholder="https://login.example.com/metadata"
            defaultValue={saml?.metadataUrl ?? ''}
          />
        )}
      </Field>
      <Field
        label="Metadata"
        error={errorAt('metadata')}
        hint={
          saml?.signInUrl
            ? `Known: ${provider?.issuer ?? ''}, ${saml.signInUrl}. Paste other metadata to replace it.`
            : 'Or paste the XML itself.'
        }
      >
        {(ids) => <TextArea {...ids} name="metadata" rows={3} className="font-mono" spellCheck={false} />}
      </Field>
      <SamlCertificates certificates={saml?.certificates ?? []} error={errorAt('certificates')} />
      {saml && saml.certificates.length > 0 && saml.vouchedBy !== 'OWNER' && (
        <Note tone="wait" icon={<TriangleAlert size={15} aria-hidden="true" />}>
          {vouching(saml.vouchedBy)}
        </Note>
      )}
      <Field label="What the provider has to sign" error={errorAt('signedParts')}>
        {(ids) => (
          <Select {...ids} name="signedParts" defaultValue={saml?.signedParts ?? 'EITHER'}>
            {signedParts.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label="Email attribute"
        error={errorAt('emailAttribute')}
        hint="Empty: the usual attributes, then a name ID that is an address."
      >
        {(ids) => <Input {...ids} name="emailAttribute" autoComplete="off" defaultValue={saml?.emailAttribute ?? ''} />}
      </Field>
      <Field label="Display name attribute" error={errorAt('nameAttribute')} hint="Empty: the usual attributes.">
        {(ids) => <Input {...ids} name="nameAttribute" autoComplete="off" defaultValue={saml?.nameAttribute ?? ''} />}
      </Field>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          name="unsolicited"
          defaultChecked={saml?.unsolicited ?? false}
          className="size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
        />
        The provider may begin a sign-in; people are asked first
      </label>
    </>
  )
}
