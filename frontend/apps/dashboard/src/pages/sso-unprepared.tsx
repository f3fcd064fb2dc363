// The members whom single sign-on would keep out at first, before it is enforced.

import { SsoUnpreparedDocument } from '@flowmason/graphql/people'
import { useAnswer } from '../lib/use-answer.ts'
import { count, personName } from '../lib/words.ts'

/** `domainId`: for the addresses of this domain; without it, for everyone but guests. */
export function SsoUnprepared({ domainId }: { domainId?: string }) {
  const { data } = useAnswer(SsoUnpreparedDocument, { domainId: domainId ?? null }, { requestPolicy: 'network-only' })
  const found = data?.ssoUnprepared
  if (!found || found.count === 0) return null
  const more = found.count - found.members.length
  return (
    <div className="flex flex-col gap-1.5 rounded-control border border-line2 bg-sunk px-3 py-2.5">
      <p className="font-medium">{count(found.count, 'member')} cannot enter at once</p>
      <p className="text-xs text-muted">
        They have neither connected their account at your identity provider nor verified an address of a domain that you
        have proved. With an address of a proved domain, they get a link by mail when they sign in at the provider.
      </p>
      <ul aria-label="Members who cannot enter at once" className="flex flex-col text-xs">
        {found.members.map((member) => (
          <li key={member.userId} className="wrap-anywhere">
            {personName(member)}
            {member.email && <span className="text-muted"> · {member.email}</span>}
          </li>
        ))}
        {more > 0 && <li className="text-muted">and {more} more</li>}
      </ul>
    </div>
  )
}
