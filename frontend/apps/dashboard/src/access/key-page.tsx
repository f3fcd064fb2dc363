// One API key: what it may do by itself, what is granted to it, and why it may or may not do something.

import { Link, useParams } from '@tanstack/react-router'
import { KeyRound } from 'lucide-react'
import {
  type ApiKeyFieldsFragment,
  ApiKeysDocument,
  MemberDocument,
  ServiceAccountsDocument,
} from '@flowmason/graphql/people'
import { Ago, Empty, ErrorPanel, Loading, Note, Skeleton, useNow } from '@flowmason/ui'
import { keyEnd } from '../lib/key-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useTitle } from '../lib/use-title.ts'
import { personName } from '../lib/words.ts'
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
            <Facts apiKey={key} mayPeople={viewer.permissions.includes('member.read')} />
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

const link = 'underline underline-offset-2'

/** Who holds the key: with a link, if the user may see them. */
function Holder({ apiKey: { serviceAccountId, createdBy }, may }: { apiKey: ApiKeyFieldsFragment; may: boolean }) {
  const accounts = useAnswer(ServiceAccountsDocument, {}, { pause: !serviceAccountId || !may }).data
  const creator = useAnswer(MemberDocument, { userId: createdBy }, { pause: Boolean(serviceAccountId) || !may })
  const account = accounts?.serviceAccounts.find(({ id }) => id === serviceAccountId)
  const member = creator.data?.member
  if (serviceAccountId)
    return account ? (
      <>
        {'The service account '}
        <Link to="/settings/access" hash="service-accounts" className={link}>
          {account.name}
        </Link>
      </>
    ) : (
      'A service account'
    )
  if (creator.problem?.code === 'NOT_FOUND') return 'Somebody who is no longer a member'
  return member ? (
    <Link to="/settings/members/$userId" params={{ userId: createdBy }} className={link}>
      {personName(member)}
    </Link>
  ) : (
    'The person who created it'
  )
}

function Facts({ apiKey, mayPeople }: { apiKey: ApiKeyFieldsFragment; mayPeople: boolean }) {
  const { allowedNetworks } = apiKey
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5">
      <dt className="text-muted">Key</dt>
      <dd>
        <code>{apiKey.prefix}…</code>
      </dd>
      <dt className="text-muted">Holder</dt>
      <dd className="wrap-anywhere">
        <Holder apiKey={apiKey} may={mayPeople} />
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
