// The applications that the organization has registered, and those that its members have allowed.

import { useState } from 'react'
import { AppWindow, Plus } from 'lucide-react'
import {
  ApplicationGrantsDocument,
  ApplicationsDocument,
  RevokeApplicationGrantDocument,
} from '@flowmason/graphql/people'
import { Button, Empty } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { ApplicationGrants } from './application-grants.tsx'
import { ApplicationRow } from './application-row.tsx'
import { List, RowSkeletons } from './list.tsx'
import { RegisterApplication } from './register-application.tsx'

export function Applications() {
  useTitle('Applications')
  const viewer = useViewer()
  const may = viewer?.permissions.includes('api_key.read') ?? false
  const mayWrite = viewer?.user != null && viewer.permissions.includes('api_key.write')
  const answer = useAnswer(ApplicationsDocument, {}, { pause: !may })
  const [open, setOpen] = useState(false)
  return (
    <>
      <PageHead crumbs={[{ label: 'Settings', to: { to: '/settings' }, wide: true }, { label: 'Applications' }]} />
      <Column className="flex flex-col gap-4">
        <p className="max-w-150 text-muted">
          Programs that use FlowMason on behalf of people, or as a service account, through OAuth 2.0. Their settings
          are at <code className="wrap-anywhere">{location.origin}/.well-known/oauth-authorization-server</code>.
        </p>
        <List
          name="applications"
          answer={answer}
          rows={answer.data?.applications}
          denied={
            viewer && !may
              ? {
                  icon: <AppWindow size={15} aria-hidden="true" />,
                  words: 'Your role cannot view the applications of the organization.',
                }
              : undefined
          }
          loading={<RowSkeletons rows={2} height="h-18" front="hidden" />}
          empty={
            <Empty icon={<AppWindow size={20} aria-hidden="true" />} title="No applications yet" className="py-8">
              Register one to let people sign in to it with FlowMason, or to let it act as a service account.
            </Empty>
          }
        >
          {(applications) => (
            <ul aria-label="Applications" className="divide-y divide-line">
              {applications.map((application) => (
                <ApplicationRow
                  key={application.clientId}
                  application={application}
                  writer={mayWrite ? viewer : undefined}
                  onGone={answer.refetch}
                />
              ))}
            </ul>
          )}
        </List>
        {mayWrite && (
          <div>
            <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setOpen(true)}>
              Register an application
            </Button>
          </div>
        )}
        {viewer?.permissions.includes('member.manage') && <MemberGrants />}
        {open && viewer && <RegisterApplication viewer={viewer} onClose={() => setOpen(false)} />}
      </Column>
    </>
  )
}

/** What the members have allowed, for those who manage members. */
function MemberGrants() {
  const answer = useAnswer(ApplicationGrantsDocument, {}, { requestPolicy: 'cache-and-network' })
  const revoke = useChange(RevokeApplicationGrantDocument)
  return (
    <section aria-labelledby="allowed" className="flex flex-col gap-3 pt-4">
      <div>
        <h2 id="allowed" className="title">
          Allowed by members
        </h2>
        <p className="text-muted">Applications that use this organization for somebody.</p>
      </div>
      <ApplicationGrants
        name="grants"
        label="Allowed by members"
        answer={answer}
        rows={answer.data?.applicationGrants}
        detail={(grant) => `for ${grant.userName.trim() || 'a member'}`}
        revoke={revoke}
        empty={<Empty title="Nobody has allowed an application">They are listed here as soon as somebody does.</Empty>}
      />
    </section>
  )
}
