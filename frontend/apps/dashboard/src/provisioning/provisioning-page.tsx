// Provisioning: the identity provider adds and removes people. What to enter there, what groups give, who waits, and
// what was refused.

import { RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { ViewerDocument } from '@flowmason/graphql'
import { ProvisioningDocument } from '@flowmason/graphql/people'
import { ErrorPanel, Loading, Note, Skeleton } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { Connection } from './connection.tsx'
import { Groups } from './groups.tsx'
import { Requests } from './requests.tsx'
import { Tokens } from './tokens.tsx'
import { Waiting } from './waiting.tsx'

export function ProvisioningPage() {
  useTitle('Provisioning')
  const viewer = useAnswer(ViewerDocument, {}).data?.viewer
  const may = viewer?.permissions.includes('sso.manage') ?? true
  const answer = useAnswer(ProvisioningDocument, {}, { pause: !may })
  const found = answer.data?.provisioning
  return (
    <>
      <PageHead crumbs={[{ label: 'Settings', to: { to: '/settings' } }, { label: 'Provisioning' }]} />
      <Column className="flex flex-col gap-8">
        <p className="max-w-150 text-muted">
          Your identity provider adds people to the organization and removes them, by SCIM 2.0. When it deactivates
          somebody, their sessions, keys and connections here end within five seconds; what they made stays.
        </p>
        {!may && (
          <Note icon={<RefreshCw size={15} aria-hidden="true" />}>
            Your role cannot manage provisioning. Ask an owner or an admin.
          </Note>
        )}
        {answer.problem && (
          <ErrorPanel
            title="The settings of provisioning could not be loaded"
            problem={answer.problem}
            onRetry={answer.refetch}
          />
        )}
        {may && !found && !answer.problem && (
          <Loading label="Loading the settings of provisioning" className="flex flex-col gap-4">
            <Skeleton className="h-28 rounded-float" />
            <Skeleton className="h-40 rounded-float" />
          </Loading>
        )}
        {found && viewer && (
          <>
            <Part id="connection" title="Connection">
              <Connection settings={found} viewer={viewer} />
            </Part>
            <Part id="tokens" title="Tokens">
              <Tokens tokens={found.tokens} />
            </Part>
            {found.waiting.length > 0 && (
              <Part id="waiting" title="Waiting">
                <Waiting people={found.waiting} count={found.waitingUsers} viewer={viewer} onChange={answer.refetch} />
              </Part>
            )}
            <Part id="groups" title="Groups">
              <Groups groups={found.groups} viewer={viewer} />
            </Part>
            <Part id="requests" title="Last requests">
              <Requests requests={found.requests} />
            </Part>
          </>
        )}
      </Column>
    </>
  )
}

const Part = ({ id, title, children }: { id: string; title: string; children: ReactNode }) => (
  <section aria-labelledby={`${id}-title`} className="flex flex-col gap-3">
    <h2 id={`${id}-title`} className="title">
      {title}
    </h2>
    {children}
  </section>
)
