// Gives an account its old email address back; opened by the link in the mail to that address.

import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import type { SignInAnswer } from '@flowmason/graphql'
import { undoAddressChange } from '@flowmason/graphql/people'
import { Button, ErrorPanel, Note } from '@flowmason/ui'
import { useTitle } from '../lib/use-title.ts'
import { SignedOutPage } from './signed-out-page.tsx'

export function UndoEmail() {
  useTitle('Undo the change')
  // The token is in the fragment, which is never sent to a server, so the page can be reloaded.
  const [token] = useState(() => location.hash.slice(1))
  const [answer, setAnswer] = useState<SignInAnswer>()
  const [busy, setBusy] = useState(false)
  const undo = async () => {
    setBusy(true)
    setAnswer(await undoAddressChange(token))
    setBusy(false)
  }
  const ended = answer?.ok === false && answer.code === 'NOT_FOUND'
  return (
    <SignedOutPage title="Undo the change of your address" text="Do this if you did not change it yourself.">
      {answer?.ok ? (
        <div role="status">
          <Note icon={<CircleCheck size={15} aria-hidden="true" />}>
            Your account has its old address again, and everybody is signed out. The password and what was added to sign
            in with during the last days no longer work: set a new password now.
          </Note>
        </div>
      ) : (
        <div className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5">
          <p>
            Your account gets the address to which this link was sent. Everybody who is signed in to it is signed out,
            and its password, and what was added to sign in with from seven days before the change on, no longer work.
          </p>
          {answer && (
            <ErrorPanel title={ended ? 'This link is no longer valid' : 'The change was not undone'} problem={answer} />
          )}
          {!ended && (
            <Button variant="primary" large busy={busy} onClick={() => void undo()}>
              Undo the change
            </Button>
          )}
        </div>
      )}
      <Link
        to={answer?.ok ? '/forgot-password' : '/sign-in'}
        className="text-center text-muted hover:text-text hover:underline"
      >
        {answer?.ok ? 'Set a new password' : 'Go to sign-in'}
      </Link>
    </SignedOutPage>
  )
}
