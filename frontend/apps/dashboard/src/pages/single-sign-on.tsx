// The identity providers of the organization: adding, testing, turning off, deleting.

import { useState } from 'react'
import { Fingerprint, Plus } from 'lucide-react'
import { ViewerDocument } from '@flowmason/graphql'
import { type SsoProviderFieldsFragment, SsoProvidersDocument } from '@flowmason/graphql/people'
import { Button, Empty } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { List, RowSkeletons } from './list.tsx'
import { SsoForEveryone } from './sso-for-everyone.tsx'
import { SsoProviderForm } from './sso-provider-form.tsx'
import { SsoProviderRow } from './sso-provider-row.tsx'

export function SingleSignOn() {
  useTitle('Single sign-on')
  const viewer = useAnswer(ViewerDocument, {}).data?.viewer
  const may = viewer?.permissions.includes('sso.manage') ?? true
  const answer = useAnswer(SsoProvidersDocument, {}, { pause: !may })
  const [edited, setEdited] = useState<SsoProviderFieldsFragment | 'new'>()
  const close = () => {
    setEdited(undefined)
    answer.refetch()
  }
  return (
    <>
      <PageHead crumbs={[{ label: 'Settings', to: { to: '/settings' } }, { label: 'Single sign-on' }]} />
      <Column className="flex flex-col gap-4">
        <p className="text-muted">
          People sign in with the identity provider of your company, by OpenID Connect or SAML. Sessions that it opens
          reach this organization only.
        </p>
        <List
          name="identity providers"
          answer={answer}
          rows={answer.data?.ssoProviders}
          denied={
            may
              ? undefined
              : {
                  icon: <Fingerprint size={15} aria-hidden="true" />,
                  words: 'Your role cannot manage single sign-on. Ask an owner or an admin.',
                }
          }
          loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
          empty={
            <Empty
              icon={<Fingerprint size={20} aria-hidden="true" />}
              title="No identity provider yet"
              className="py-8"
            >
              Add Okta, Entra ID, Google, Keycloak, or any other that speaks OpenID Connect or SAML.
            </Empty>
          }
        >
          {(providers) => (
            <ul aria-label="Identity providers" className="divide-y divide-line">
              {providers.map((provider) => (
                <SsoProviderRow key={provider.id} provider={provider} onEdit={() => setEdited(provider)} />
              ))}
            </ul>
          )}
        </List>
        {may && (
          <div>
            <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setEdited('new')}>
              Add a provider
            </Button>
          </div>
        )}
        {viewer && may && <SsoForEveryone />}
        {edited && viewer && (
          <SsoProviderForm
            provider={edited === 'new' ? undefined : edited}
            redirectUri={answer.data?.ssoRedirectUri ?? ''}
            viewer={viewer}
            onClose={close}
          />
        )}
      </Column>
    </>
  )
}
