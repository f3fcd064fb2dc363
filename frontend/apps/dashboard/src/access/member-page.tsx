// One member: role, grants, and why they may or may not do something.

import { Link, useParams } from '@tanstack/react-router'
import { MemberDocument } from '@flowmason/graphql/people'
import { Ago, ErrorPanel, Loading, Skeleton } from '@flowmason/ui'
import { roleName } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useTitle } from '../lib/use-title.ts'
import { emailWords } from '../lib/member-words.ts'
import { personName } from '../lib/words.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { Grants } from './grants.tsx'
import { Why } from './why.tsx'

export function MemberPage() {
  const { userId } = useParams({ from: '/shell/settings/members/$userId' })
  const viewer = useViewer()
  const { data, problem, refetch } = useAnswer(MemberDocument, { userId })
  const member = data?.member
  const name = member && personName(member)
  useTitle(name)
  return (
    <>
      <PageHead
        crumbs={[
          { label: 'Settings', to: { to: '/settings' }, wide: true },
          { label: 'Members', to: { to: '/settings/members' } },
          { label: name ?? 'Member' },
        ]}
      />
      <Column className="flex flex-col gap-8">
        {problem && (
          <ErrorPanel
            title={problem.code === 'NOT_FOUND' ? 'Member not found' : 'The member could not be loaded'}
            problem={problem}
            {...(problem.code !== 'NOT_FOUND' && { onRetry: refetch })}
          />
        )}
        {!problem && (!member || !viewer) && (
          <Loading label="Loading the member" className="flex flex-col gap-4">
            <Skeleton className="h-16 rounded-float" />
            <Skeleton className="h-40 rounded-float" />
          </Loading>
        )}
        {member && viewer && (
          <>
            <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5">
              <dt className="text-muted">Role</dt>
              <dd>{roleName(member.assignedRole)}</dd>
              <dt className="text-muted">Email</dt>
              <dd className="wrap-anywhere">{emailWords(member)}</dd>
              <dt className="text-muted">Joined</dt>
              <dd>
                <Ago at={member.joinedAt} />
              </dd>
              <dt className="text-muted">Last seen</dt>
              <dd>{member.lastSeenAt ? <Ago at={member.lastSeenAt} /> : 'Never'}</dd>
            </dl>
            <section aria-labelledby="grants-title" className="flex flex-col gap-3">
              <div>
                <h2 id="grants-title" className="title">
                  Grants
                </h2>
                <p className="text-muted">
                  What they have beyond their role, also by their{' '}
                  <Link to="/settings/access" hash="teams" className="underline underline-offset-2">
                    teams
                  </Link>
                  .
                </p>
              </div>
              <Grants viewer={viewer} subjectId={userId} />
            </section>
            <section aria-labelledby="why-title" className="flex flex-col gap-3">
              <div>
                <h2 id="why-title" className="title">
                  Why can {name} …?
                </h2>
                <p className="text-muted">Choose a permission to see what gives it, or what would.</p>
              </div>
              <Why holderId={userId} />
            </section>
          </>
        )}
      </Column>
    </>
  )
}
