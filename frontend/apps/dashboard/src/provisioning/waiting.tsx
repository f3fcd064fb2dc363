// People whom the identity provider has sent and who are not members yet, with the way out.

import { useState } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { CheckWaitingUsersDocument, type ProvisioningQuery } from '@flowmason/graphql/people'
import { Button, Moment } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { Row } from '../access/row.tsx'
import { waitWords } from '../lib/provisioning-words.ts'
import { useChange } from '../lib/use-change.ts'
import { InviteDialog } from '../pages/invite-dialog.tsx'
import { listBox } from '../pages/list.tsx'

type Person = ProvisioningQuery['provisioning']['waiting'][number]

interface Props {
  people: readonly Person[]
  /** How many there are in all; the list has the newest. */
  count: number
  viewer: ViewerFieldsFragment
  onChange: () => void
}

export function Waiting({ people, count, viewer, onChange }: Props) {
  const check = useChange(CheckWaitingUsersDocument)
  const [invited, setInvited] = useState<string>()
  const again = async () => {
    const done = await check.run({})
    if (!done) return
    const { joined } = done.checkWaitingUsers
    toast(joined === 0 ? 'Nobody could join yet.' : joined === 1 ? '1 person joined.' : `${joined} people joined.`)
    onChange()
  }
  const mayInvite = viewer.permissions.includes('member.manage')
  return (
    <>
      <p className="max-w-150 text-muted">
        {count === 1 ? 'One person is' : `${count} people are`} active at the identity provider but not a member yet.
        Nobody gets into an account by its address alone.
      </p>
      <div className={listBox}>
        <ul aria-label="Waiting people" className="divide-y divide-line">
          {people.map((person) => (
            <Row
              key={person.id}
              title={person.name}
              lines={
                <>
                  {person.email && `${person.email} · `}since <Moment at={person.since} />
                  <br />
                  {waitWords[person.waitsFor]}
                </>
              }
            >
              {mayInvite && person.waitsFor === 'PROOF' && person.email && (
                <Button
                  variant="quiet"
                  aria-label={`Invite ${person.name}`}
                  onClick={() => setInvited(person.email ?? undefined)}
                >
                  Invite
                </Button>
              )}
            </Row>
          ))}
        </ul>
      </div>
      <div>
        <Button busy={check.busy} onClick={() => void again()}>
          Check again
        </Button>
      </div>
      {invited && <InviteDialog viewer={viewer} email={invited} onClose={() => setInvited(undefined)} />}
    </>
  )
}
