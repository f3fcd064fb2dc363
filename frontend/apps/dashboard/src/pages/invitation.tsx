// Accepts an invitation, opened by its link: as the signed-in person, with an existing account, or with a new one.

import { useCallback, useEffect, useState } from 'react'
import { MailX } from 'lucide-react'
import { type SignInAnswer, ViewerDocument, chooseOrg, isWithoutOrganization } from '@flowmason/graphql'
import { type InvitationPreview, acceptInvitation, previewInvitation } from '@flowmason/graphql/people'
import { Button, Empty, ErrorPanel, Loading, Skeleton } from '@flowmason/ui'
import { api, hasSession } from '../api.ts'
import { withRole } from '../lib/role-words.ts'
import { useTitle } from '../lib/use-title.ts'
import { personName } from '../lib/words.ts'
import { ProviderList } from '../parts/provider-list.tsx'
import { type Refusal, AccountForm } from './invitation-account.tsx'
import { SignedOutPage } from './signed-out-page.tsx'

interface Found {
  preview: SignInAnswer<InvitationPreview>
  /** The name of the signed-in person, if any; empty if it cannot be asked for, since they have no organization. */
  person: string | undefined
}

/** The signed-in person. Asks only if this browser has had a session, so that nobody else's request is refused. */
async function signedIn(): Promise<string | undefined> {
  if (!hasSession()) return undefined
  const { data, error } = await api.plain.query(ViewerDocument, {}).toPromise()
  if (error && isWithoutOrganization(error)) return ''
  return data?.viewer.user ? personName(data.viewer.user) : undefined
}

export function InvitationPage() {
  useTitle('Invitation')
  // The token is in the fragment, which is never sent to a server, so the page can be reloaded.
  const [token] = useState(() => location.hash.slice(1))
  const [found, setFound] = useState<Found>()
  const load = useCallback(() => {
    void Promise.all([previewInvitation(token), signedIn()]).then(([preview, person]) => setFound({ preview, person }))
  }, [token])
  useEffect(load, [load])
  const again = () => {
    setFound(undefined)
    load()
  }
  const preview = found?.preview
  return (
    <SignedOutPage
      title={preview?.ok ? `Join ${preview.body.organization}` : 'Invitation to FlowMason'}
      text={
        preview?.ok && `${preview.body.invitedBy.trim() || 'A member'} invited you to join ${inRole(preview.body)}.`
      }
    >
      {!found && (
        <Loading label="Loading the invitation">
          <Skeleton className="h-60 rounded-float" />
        </Loading>
      )}
      {preview && !preview.ok && <Unusable problem={preview} onRetry={again} />}
      {found && preview?.ok && <Accept token={token} preview={preview.body} person={found.person} />}
    </SignedOutPage>
  )
}

const inRole = ({ role, customRole }: InvitationPreview) => (customRole ? `with the role “${role}”` : withRole(role))

function Unusable({ problem, onRetry }: { problem: Refusal; onRetry: () => void }) {
  if (problem.code !== 'NOT_FOUND')
    return <ErrorPanel title="The invitation could not be loaded" problem={problem} onRetry={onRetry} />
  return (
    <div role="alert" className="rounded-float border border-line bg-panel">
      <Empty icon={<MailX size={20} aria-hidden="true" />} title="This invitation is no longer valid" className="py-8">
        It was used or revoked, or it has expired. Ask the person who invited you for a new link.
      </Empty>
    </div>
  )
}

function Accept({ token, preview, person }: { token: string; preview: InvitationPreview; person: string | undefined }) {
  const [other, setOther] = useState(person === undefined)
  const [refused, setRefused] = useState<Refusal>()
  const [busy, setBusy] = useState(false)
  const enter = (organizationId: string) => {
    chooseOrg(organizationId)
    location.assign('/')
  }
  if (other) return <AccountForm token={token} preview={preview} onJoined={enter} />
  const join = async () => {
    setBusy(true)
    setRefused(undefined)
    const answer = await acceptInvitation(token)
    if (answer.ok) {
      enter(answer.body.organizationId)
      return
    }
    setBusy(false)
    setRefused(answer)
  }
  return (
    <div className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5">
      <p className="break-words">
        You are signed in
        {person && (
          <>
            {' as '}
            <span className="font-medium">{person}</span>
          </>
        )}
        .
      </p>
      {refused && <ErrorPanel title="You have not joined" problem={refused} />}
      {refused?.providers && <ProviderList providers={refused.providers} next="/" />}
      <Button variant="primary" large busy={busy} onClick={() => void join()}>
        Join {preview.organization}
      </Button>
      <Button variant="quiet" disabled={busy} onClick={() => setOther(true)}>
        Use another account
      </Button>
    </div>
  )
}
