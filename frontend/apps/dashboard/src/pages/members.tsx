// The members of the organization with their roles and, for those who manage members, the invitations.

import { useCallback, useState } from 'react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { UserPlus, Users } from 'lucide-react'
import { MembersDocument } from '@flowmason/graphql/people'
import { Button, Empty, SearchField } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { Invitations } from './invitations.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { List, Pages, RowSkeletons } from './list.tsx'
import { MemberRow } from './member-row.tsx'
import { UndeliveredMails } from './undelivered-mails.tsx'

const PAGE = 50

export function Members() {
  useTitle('Members')
  const { after, search } = useSearch({ from: '/shell/settings/members' })
  const navigate = useNavigate({ from: '/settings/members' })
  const viewer = useViewer()
  const may = viewer?.permissions.includes('member.read') ?? false
  const mayManage = viewer?.permissions.includes('member.manage') ?? false
  const [inviting, setInviting] = useState(false)
  const lists = useRows<HTMLDivElement>()
  const find = useCallback(
    (wanted: string) =>
      void navigate({
        search: (before) => ({ ...before, after: undefined, search: wanted || undefined }),
        replace: true,
      }),
    [navigate],
  )
  const variables = { first: PAGE, after: after ?? null, search: search ?? null }
  const answer = useAnswer(MembersDocument, variables, { pause: !may, keep: true })
  return (
    <>
      <PageHead
        crumbs={[{ label: 'Settings', to: { to: '/settings' }, wide: true }, { label: 'Members' }]}
        actions={
          <>
            {may && (
              <SearchField
                label="Find a member by name or email"
                placeholder="Find by name or email"
                value={search ?? ''}
                onChange={find}
                className="w-48 max-sm:w-36"
              />
            )}
            {mayManage && (
              <Button
                variant="primary"
                icon={<UserPlus size={14} aria-hidden="true" />}
                onClick={() => setInviting(true)}
              >
                Invite
              </Button>
            )}
          </>
        }
      />
      <Column>
        <div ref={lists} className="flex flex-col gap-4">
          {may && !mayManage && (
            <p className="text-muted">Only owners and admins can invite people, change roles and remove members.</p>
          )}
          <List
            name="members"
            answer={answer}
            rows={answer.data?.members.edges.map((edge) => edge.node)}
            denied={
              viewer && !may
                ? {
                    icon: <Users size={15} aria-hidden="true" />,
                    words: 'Your role cannot view the members of the organization. Ask an owner or an admin.',
                  }
                : undefined
            }
            loading={<RowSkeletons rows={3} height="h-14" front="hidden" />}
            empty={
              search ? (
                <Empty title="Nobody matches" action={<Button onClick={() => find('')}>Clear the search</Button>}>
                  No member’s name or email address contains “{search}”.
                </Empty>
              ) : (
                <Empty icon={<Users size={20} aria-hidden="true" />} title="No more members" className="py-8">
                  The previous page was the last one.
                </Empty>
              )
            }
          >
            {(members) => (
              <ul aria-label="Members" className="divide-y divide-line">
                {viewer &&
                  members.map((member) => (
                    <MemberRow key={member.userId} member={member} viewer={viewer} onChange={answer.refetch} />
                  ))}
              </ul>
            )}
          </List>
          <Pages
            after={after}
            page={answer.data?.members.pageInfo}
            words={['Newest', 'Older']}
            onGo={(to) => void navigate({ search: (before) => ({ ...before, after: to }) })}
          />
          {mayManage && <Invitations />}
          {viewer?.permissions.includes('mail.read') && <UndeliveredMails />}
        </div>
      </Column>
      {inviting && viewer && <InviteDialog viewer={viewer} onClose={() => setInviting(false)} />}
    </>
  )
}
