// Replaces the page of a user who is not a member of its organization (any more).

import { DoorClosed } from 'lucide-react'
import { forgetOrg, signOut } from '@flowmason/graphql'
import { Button, Empty } from '@flowmason/ui'
import { useTitle } from '../lib/use-title.ts'

export function NoAccess({ organization }: { organization: string }) {
  useTitle('No access')
  const openOther = () => {
    forgetOrg()
    location.assign('/')
  }
  const leave = () => {
    forgetOrg()
    void signOut().then(() => location.assign('/sign-in'))
  }
  return (
    <main className="flex min-h-dvh items-center justify-center px-4">
      <div role="alert" className="max-w-full break-words">
        <Empty
          icon={<DoorClosed size={22} aria-hidden="true" />}
          title={
            organization ? `You are no longer a member of ${organization}` : 'You are not a member of this organization'
          }
          action={
            <>
              <Button onClick={openOther}>Open another organization</Button>
              <Button variant="quiet" onClick={leave}>
                Sign out
              </Button>
            </>
          }
        >
          {organization
            ? 'Your membership has ended. To come back, ask an owner or an admin for an invitation.'
            : 'To join it, ask an owner or an admin for an invitation.'}
        </Empty>
      </div>
    </main>
  )
}
