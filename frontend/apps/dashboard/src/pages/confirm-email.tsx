// Confirms an email address, or allows or refuses the change of one; opened by a link in a mail.

import { useCallback, useEffect, useState } from 'react'
import { Link } from '@tanstack/react-router'
import { CircleCheck, MailX } from 'lucide-react'
import type { SignInAnswer } from '@flowmason/graphql'
import {
  type AddressConfirmed,
  type AddressPreview,
  confirmAddress,
  previewAddress,
  refuseAddress,
} from '@flowmason/graphql/people'
import { Button, Empty, ErrorPanel, Loading, Note, Skeleton } from '@flowmason/ui'
import { useTitle } from '../lib/use-title.ts'
import { SignedOutPage } from './signed-out-page.tsx'

export function ConfirmEmail() {
  useTitle('Email address')
  // The token is in the fragment, which is never sent to a server, so the page can be reloaded.
  const [token] = useState(() => location.hash.slice(1))
  const [preview, setPreview] = useState<SignInAnswer<AddressPreview>>()
  const load = useCallback(() => {
    void previewAddress(token).then(setPreview)
  }, [token])
  useEffect(load, [load])
  return (
    <SignedOutPage title={preview?.ok ? titleOf(preview.body) : 'Your email address'}>
      {!preview && (
        <Loading label="Loading the link">
          <Skeleton className="h-40 rounded-float" />
        </Loading>
      )}
      {preview && !preview.ok && <Unusable problem={preview} onRetry={load} />}
      {preview?.ok && <Decide token={token} preview={preview.body} />}
      <Link to="/" className="text-center text-muted hover:text-text hover:underline">
        Go to FlowMason
      </Link>
    </SignedOutPage>
  )
}

function titleOf({ sentTo, oldEmail, needed }: AddressPreview): string {
  if (!needed) return 'Your address is being changed'
  if (sentTo === 'old') return 'Allow the new address?'
  return oldEmail ? 'Confirm your new address' : 'Confirm your address'
}

function Decide({ token, preview }: { token: string; preview: AddressPreview }) {
  const { sentTo, oldEmail, newEmail, needed, atSignIn } = preview
  const [confirmed, setConfirmed] = useState<SignInAnswer<AddressConfirmed>>()
  const [refused, setRefused] = useState<SignInAnswer>()
  const [busy, setBusy] = useState<'confirm' | 'refuse'>()
  const confirm = async () => {
    setBusy('confirm')
    setConfirmed(await confirmAddress(token))
    setBusy(undefined)
  }
  const refuse = async () => {
    setBusy('refuse')
    setRefused(await refuseAddress(token))
    setBusy(undefined)
  }
  if (confirmed?.ok) return <Done>{doneWords(confirmed.body, preview)}</Done>
  if (refused?.ok)
    return (
      <Done>
        {sentTo === 'old'
          ? 'The address stays as it is, and you are signed out everywhere. Somebody may know your password: set a new one now, with “Forgot password?” on the sign-in page.'
          : 'Nothing was changed.'}
      </Done>
    )
  const failed = [confirmed, refused].find((answer) => answer?.ok === false)
  return (
    <div className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5">
      <p className="break-words">
        {oldEmail ? (
          <>
            Somebody asked to change the address of the account <strong>{oldEmail}</strong> to{' '}
            <strong>{newEmail}</strong>.
          </>
        ) : (
          <>
            <strong>{newEmail}</strong> was entered as the address of a FlowMason account.
          </>
        )}
      </p>
      {atSignIn && (
        <p className="text-muted">
          Your organization requires single sign-on, and asks for this proof. In the browser in which you used FlowMason
          until now, nothing else changes. In another one, the password, passkeys, connected accounts, authenticator app
          and API keys of the account end, since somebody else may have added them.
        </p>
      )}
      {!needed && (
        <p className="text-muted">
          The current address was never verified, so the new one alone confirms the change. If it was you, there is
          nothing to do here.
        </p>
      )}
      {failed && !failed.ok && <ErrorPanel title="The link could not be used" problem={failed} />}
      {needed && (
        <Button variant="primary" large busy={busy === 'confirm'} onClick={() => void confirm()}>
          {sentTo === 'old' ? 'Allow the change' : 'Confirm the address'}
        </Button>
      )}
      <Button large busy={busy === 'refuse'} onClick={() => void refuse()}>
        It wasn’t me
      </Button>
    </div>
  )
}

function doneWords({ waitsFor }: AddressConfirmed, { newEmail, atSignIn }: AddressPreview): string {
  if (waitsFor === 'old') return 'Thank you. The change now waits for the link that was sent to the current address.'
  if (waitsFor === 'new') return 'Thank you. The change now waits for the link that was sent to the new address.'
  if (atSignIn) return `Done. ${newEmail} is proved. Now sign in with your identity provider again.`
  return `Done. ${newEmail} is confirmed as the address of your account.`
}

const Done = ({ children }: { children: React.ReactNode }) => (
  <div role="status">
    <Note icon={<CircleCheck size={15} aria-hidden="true" />}>{children}</Note>
  </div>
)

function Unusable({ problem, onRetry }: { problem: { message: string; code: string }; onRetry: () => void }) {
  if (problem.code !== 'NOT_FOUND')
    return <ErrorPanel title="The link could not be loaded" problem={problem} onRetry={onRetry} />
  return (
    <div role="alert" className="rounded-float border border-line bg-panel">
      <Empty icon={<MailX size={20} aria-hidden="true" />} title="This link is no longer valid" className="py-8">
        It was used or replaced, or it has expired. Ask for a new one in your settings.
      </Empty>
    </div>
  )
}
