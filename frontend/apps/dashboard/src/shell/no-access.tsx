// Replaces the page of a user who is not a member of its organization (any more), or whom it asks to use single sign-on.
// Another organization is offered only if the user has one.

import { useEffect, useState } from 'react'
import { DoorClosed } from 'lucide-react'
import { useClient } from 'urql'
import { ViewerDocument, forgetOrg, signOut } from '@flowmason/graphql'
import { Button, Empty, Ticked } from '@flowmason/ui'
import { useTitle } from '../lib/use-title.ts'
import { ProviderList } from '../parts/provider-list.tsx'
import type { LostAccess } from './use-access.ts'

/** The name of the organization that the server opens next; null if the user has none, undefined until it is known. */
function useOtherOrganization(): string | null | undefined {
  const client = useClient()
  const [name, setName] = useState<string | null>()
  useEffect(() => {
    forgetOrg()
    void client
      .query(ViewerDocument, {}, { requestPolicy: 'network-only' })
      .toPromise()
      .then(({ data }) => setName(data?.viewer.organization.name ?? null))
  }, [client])
  return name
}

export function NoAccess({ organization: lost, refusal }: LostAccess) {
  useTitle('No access')
  // The shell knows the name of the other organization, too, once it has been found.
  const [organization] = useState(lost)
  const other = useOtherOrganization()
  const leave = () => void signOut().then((next) => location.assign(next))
  return (
    <main className="flex min-h-dvh items-center justify-center px-4">
      <div role="alert" className="max-w-full break-words">
        <Empty
          icon={<DoorClosed size={22} aria-hidden="true" />}
          title={
            refusal
              ? `${organization || 'Your organization'} requires single sign-on`
              : organization
                ? `You are no longer a member of ${organization}`
                : other === null
                  ? 'You are not a member of any organization'
                  : 'You are not a member of this organization'
          }
          action={
            <>
              {other && <Button onClick={() => location.assign('/')}>Open {other}</Button>}
              <Button variant="quiet" onClick={leave}>
                Sign out
              </Button>
            </>
          }
        >
          {refusal ? (
            <>
              <p className="mb-4">
                <Ticked text={`${refusal.message}.`} />
              </p>
              <ProviderList providers={refusal.providers ?? []} next={location.pathname + location.search} />
            </>
          ) : (
            <>
              {`${organization ? 'Your membership has ended. To come back' : 'To join'}, ask an owner or an admin for an invitation`}
              {other === null && ', and open its link in this browser'}.
            </>
          )}
        </Empty>
      </div>
    </main>
  )
}
