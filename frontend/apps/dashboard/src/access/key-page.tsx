// One API key: what it may do by itself, what is granted to it, and why it may or may not do something.

import { useParams } from '@tanstack/react-router'
import { KeyRound } from 'lucide-react'
import { type ApiKeyFieldsFragment, ApiKeysDocument, ServiceAccountsDocument } from '@flowmason/graphql/people'
import { Ago, Empty, ErrorPanel, Loading, Note, Skeleton, useNow } from '@flowmason/ui'
import { keyEnd } from '../lib/key-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { Grants } from './grants.tsx'
import { Why } from './why.tsx'

export function KeyPage() {
  const { keyId } = useParams({ from: '/shell/settings/keys/$keyId' })
  const viewer = useViewer()
  const may = viewer?.permissions.includes('api_key.read') ?? false
  const { data, problem, refetch } = useAnswer(ApiKeysDocument, {}, { pause: !may })
  const key = data?.apiKeys.find(({ id }) => id === keyId)
  const now = useNow(true, 'slow')
  const ended = key && keyEnd(key, now)
  useTitle(key?.name)
  return (
    <>
      <PageHead
        crumbs={[
          { label: 'Settings', to: { to: '/settings' }, wide: true },
          { label: 'API keys', to: { to: '/settings', hash: 'keys' } },
          { label: key?.name ?? 'API key' },
        ]}
      />
      <Column className="flex flex-col gap-8">
        {viewer && !may && (
          <Note icon={<KeyRound size={15} aria-hidden="true" />}>
            Your role cannot view the API keys of the organization.
          </Note>
        )}
        {problem && <ErrorPanel title="The key could not be loaded" problem={problem} onRetry={refetch} />}
        {!problem && (!viewer || (may && !data)) && (
          <Loading label="Loading the key" className="flex flex-col gap-4">
            <Skeleton className="h-16 rounded-float" />
            <Skeleton className="h-40 rounded-float" />
          </Loading>
        )}
        {data && !key && (
          <Empty icon={<KeyRound size={20} aria-hidden="true" />} title="Key not found">
            There is no such API key in this organization.
          </Empty>
        )}
        {key && viewer && (
          <>
            <Facts apiKey={key} mayAccounts={viewer.permissions.includes('member.read')} />
            <section aria-labelledby="grants-title" className="flex flex-col gap-3">
              <div>
                <h2 id="grants-title" className="title">
                  Grants
                </h2>
                <p className="text-muted">
                  What the key may do beyond its own permissions, on the objects named here. It counts only where the
                  key’s holder may do it, too.
                </p>
              </div>
              <Grants viewer={viewer} subjectId={keyId} beyond="its own permissions" closed={ended !== undefined} />
            </section>
            <section aria-labelledby="why-title" className="flex flex-col gap-3">
              <div>
                <h2 id="why-title" className="title">
                  Why can {key.name} …?
                </h2>
                <p className="text-muted">Choose a permission to see what gives it, or who lacks it.</p>
              </div>
              <Why holderId={keyId} />
            </section>
          </>
        )}
      </Column>
    </>
  )
}

function Facts({ apiKey, mayAccounts }: { apiKey: ApiKeyFieldsFragment; mayAccounts: boolean }) {
  const { allowedNetworks, serviceAccountId } = apiKey
  const accounts = useAnswer(ServiceAccountsDocument, {}, { pause: !serviceAccountId || !mayAccounts }).data
  const account = accounts?.serviceAccounts.find(({ id }) => id === serviceAccountId)
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5">
      <dt className="text-muted">Key</dt>
      <dd>
        <code>{apiKey.prefix}…</code>
      </dd>
      <dt className="text-muted">Holder</dt>
      <dd className="wrap-anywhere">
        {!serviceAccountId
          ? 'The person who created it'
          : account
            ? `The service account ${account.name}`
            : 'A service account'}
      </dd>
      <dt className="text-muted">Own permissions</dt>
      <dd className="wrap-anywhere">{apiKey.role?.toLowerCase() ?? (apiKey.permissions.join(', ') || 'None')}</dd>
      <dt className="text-muted">Networks</dt>
      <dd className="wrap-anywhere">{allowedNetworks.length > 0 ? allowedNetworks.join(', ') : 'All'}</dd>
      <dt className="text-muted">Created</dt>
      <dd>
        <Ago at={apiKey.createdAt} />
      </dd>
      <dt className="text-muted">Last used</dt>
      <dd>{apiKey.lastUsedAt ? <Ago at={apiKey.lastUsedAt} /> : 'Never'}</dd>
      {apiKey.revokedAt ? (
        <>
          <dt className="text-muted">Revoked</dt>
          <dd>
            <Ago at={apiKey.revokedAt} />
          </dd>
        </>
      ) : (
        <>
          <dt className="text-muted">Expires</dt>
          <dd>{apiKey.expiresAt ? <Ago at={apiKey.expiresAt} /> : 'Never'}</dd>
        </>
      )}
    </dl>
  )
}
