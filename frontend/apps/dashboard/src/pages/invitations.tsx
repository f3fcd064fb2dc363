// The invitations of the organization, with new links for them and a way to revoke them.

import { useState } from 'react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { MailOpen } from 'lucide-react'
import {
  type InvitationFieldsFragment,
  InvitationsDocument,
  RenewInvitationDocument,
  RevokeInvitationDocument,
} from '@flowmason/graphql/people'
import { Ago, Button, Empty, cx } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { roleName } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { LinkDialog, mailLanguage } from './invite-dialog.tsx'
import { List, Pages, RowSkeletons } from './list.tsx'

const PAGE = 50

export function Invitations() {
  const { invitations: after } = useSearch({ from: '/shell/settings/members' })
  const navigate = useNavigate({ from: '/settings/members' })
  const answer = useAnswer(InvitationsDocument, { first: PAGE, after: after ?? null }, { keep: true })
  return (
    <section aria-labelledby="invitations" className="flex flex-col gap-3 pt-4">
      <h2 id="invitations" className="title">
        Invitations
      </h2>
      <List
        name="invitations"
        answer={answer}
        rows={answer.data?.invitations.edges.map((edge) => edge.node)}
        loading={<RowSkeletons rows={1} height="h-14" front="hidden" />}
        empty={
          <Empty icon={<MailOpen size={20} aria-hidden="true" />} title="No invitations" className="py-8">
            {after ? 'The previous page was the last one.' : 'Invite people with a link. Each link admits one person.'}
          </Empty>
        }
      >
        {(invitations) => (
          <ul aria-label="Invitations" className="divide-y divide-line">
            {invitations.map((invitation) => (
              <Row key={invitation.id} invitation={invitation} />
            ))}
          </ul>
        )}
      </List>
      <Pages
        after={after}
        page={answer.data?.invitations.pageInfo}
        words={['Newest', 'Older']}
        onGo={(to) => void navigate({ search: (before) => ({ ...before, invitations: to }) })}
      />
    </section>
  )
}

function Row({ invitation }: { invitation: InvitationFieldsFragment }) {
  const renew = useChange(RenewInvitationDocument)
  const revoke = useChange(RevokeInvitationDocument)
  const [sure, setSure] = useState(false)
  const [path, setPath] = useState<string>()
  const input = { id: invitation.id }
  const who = invitation.email ?? 'Anyone with the link'
  const pending = invitation.status === 'OPEN' || invitation.status === 'EXPIRED'
  const newLink = async () => {
    const done = await renew.run({ input: { ...input, language: mailLanguage() } })
    if (!done) return
    const made = done.renewInvitation.path
    if (made) setPath(made)
    else toast(`A new invitation is on its way to ${who}.`)
  }
  const end = async () => {
    if (await revoke.run({ input })) toast('The invitation was revoked.')
  }
  return (
    <li
      data-row
      tabIndex={-1}
      data-invitation={invitation.id}
      className={cx(
        'flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2.5 focus-visible:-outline-offset-2',
        !pending && 'text-muted',
      )}
    >
      <div className="min-w-0 flex-1 max-sm:basis-full">
        <p className="truncate">
          <span className="font-medium">{who}</span> ·{' '}
          {invitation.assignedRole ? roleName(invitation.assignedRole) : 'a deleted role'}
        </p>
        <p className="text-xs text-muted">
          <Status invitation={invitation} />
          {` · invited by ${invitation.invitedBy.trim() || 'an unnamed user'} `}
          <Ago at={invitation.createdAt} />
        </p>
      </div>
      {pending && sure && (
        <span className="flex flex-wrap items-center gap-2">
          <span className="text-xs text-muted">The link stops working immediately.</span>
          <Button variant="danger" busy={revoke.busy} onClick={() => void end()}>
            Revoke
          </Button>
          <Button variant="quiet" onClick={() => setSure(false)}>
            Keep
          </Button>
        </span>
      )}
      {pending && !sure && (
        <span className="flex items-center gap-2">
          <Button
            variant="quiet"
            busy={renew.busy}
            aria-label={`New link for the invitation of ${who}`}
            onClick={() => void newLink()}
          >
            New link
          </Button>
          <Button variant="quiet" aria-label={`Revoke the invitation of ${who}`} onClick={() => setSure(true)}>
            Revoke
          </Button>
        </span>
      )}
      {path && <LinkDialog path={path} renewed onClose={() => setPath(undefined)} />}
    </li>
  )
}

function Status({ invitation: { status, expiresAt } }: { invitation: InvitationFieldsFragment }) {
  if (status === 'ACCEPTED') return 'Accepted'
  if (status === 'REVOKED') return 'Revoked'
  return (
    <>
      {status === 'OPEN' ? 'Expires ' : 'Expired '}
      <Ago at={expiresAt} />
    </>
  )
}
