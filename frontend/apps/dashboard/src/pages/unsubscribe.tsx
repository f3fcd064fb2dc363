// Turns letters about requests to publish off, and on again; opened by the link in such a letter. Opening the page
// changes nothing, because programs that look at all links of a mail should not unsubscribe anybody.

import { useState } from 'react'
import { Link, useParams } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import type { SignInAnswer } from '@flowmason/graphql'
import { subscribe, unsubscribe } from '@flowmason/graphql/people'
import { Button, ErrorPanel, Note } from '@flowmason/ui'
import { useTitle } from '../lib/use-title.ts'
import { SignedOutPage } from './signed-out-page.tsx'

export function Unsubscribe() {
  useTitle('Letters about requests')
  const { token } = useParams({ from: '/mail/unsubscribe/$token' })
  const [answer, setAnswer] = useState<SignInAnswer>()
  const [off, setOff] = useState(false)
  const [busy, setBusy] = useState(false)
  const change = async () => {
    setBusy(true)
    const found = await (off ? subscribe(token) : unsubscribe(token))
    setAnswer(found)
    if (found.ok) setOff(!off)
    setBusy(false)
  }
  const ended = answer?.ok === false && answer.code === 'NOT_FOUND'
  return (
    <SignedOutPage
      title="Letters about requests"
      text="Requests to publish that you may approve, and triggers of yours that do not fire, in one organization."
    >
      <div className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5">
        <div role="status">
          {answer?.ok && (
            <Note icon={<CircleCheck size={15} aria-hidden="true" />}>
              {off ? 'You get no more letters about requests.' : 'You get letters about requests again.'}
            </Note>
          )}
        </div>
        {!answer?.ok && <p>The requests are also on the page Home, where you can approve or refuse them.</p>}
        {answer?.ok === false && (
          <ErrorPanel title={ended ? 'This link is not valid' : 'Nothing was changed'} problem={answer} />
        )}
        {!ended && (
          <Button variant={off ? 'plain' : 'primary'} large busy={busy} onClick={() => void change()}>
            {off ? 'Send me these letters again' : 'Send me no more letters'}
          </Button>
        )}
      </div>
      <Link to="/" className="text-center text-muted hover:text-text hover:underline">
        Open FlowMason
      </Link>
    </SignedOutPage>
  )
}
