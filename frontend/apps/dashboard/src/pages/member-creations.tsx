// What a member created for the organization and leaves behind, in the dialog that removes them.

import { Link } from '@tanstack/react-router'
import { type MemberCreationsQuery, MemberCreationsDocument } from '@flowmason/graphql/people'
import { Loading, Skeleton } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'

type Kind = MemberCreationsQuery['memberCreations'][number]['kind']

const link = 'underline underline-offset-2'

const kinds: Record<Kind, string> = {
  SCIM_TOKEN: 'provisioning token',
  SERVICE_ACCOUNT_KEY: 'API key of a service account',
  APPLICATION: 'application',
}

export function MemberCreations({ userId }: { userId: string }) {
  const { data, problem } = useAnswer(MemberCreationsDocument, { userId }, { requestPolicy: 'network-only' })
  if (problem)
    return (
      <p className="text-muted">
        What they set up for the organization stays: check its provisioning tokens, applications and service accounts.
      </p>
    )
  if (!data)
    return (
      <Loading label="Loading what they set up">
        <Skeleton className="h-14 rounded-control" />
      </Loading>
    )
  const found = data.memberCreations
  if (found.length === 0)
    return <p className="text-muted">They set up no provisioning tokens, applications or keys of service accounts.</p>
  return (
    <div className="flex flex-col gap-1.5 rounded-control border border-line2 bg-sunk px-3 py-2.5">
      <p className="font-medium">What they set up stays</p>
      <p className="text-xs text-muted">
        They may know the secrets. Replace or end them under{' '}
        <Link to="/settings/provisioning" className={link}>
          Provisioning
        </Link>
        {', '}
        <Link to="/settings" hash="keys" className={link}>
          API keys
        </Link>{' '}
        and{' '}
        <Link to="/settings/applications" className={link}>
          Applications
        </Link>
        .
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul tabIndex={0} aria-label="What they set up" className="flex max-h-40 flex-col overflow-y-auto text-xs">
        {found.map(({ kind, name }, at) => (
          <li key={at} className="wrap-anywhere">
            {name} <span className="text-muted">· {kinds[kind]}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
