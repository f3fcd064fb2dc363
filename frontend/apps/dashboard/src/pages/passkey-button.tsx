// A button that signs in, or proves who the user is, with a passkey. Nothing in a browser without passkeys.

import { useState } from 'react'
import { Fingerprint } from 'lucide-react'
import { type PasskeyUse, passkeyChallenge, sendPasskey } from '@flowmason/graphql/account'
import { Button } from '@flowmason/ui'
import { hasPasskeys, answerWithPasskey } from '../lib/passkey.ts'

interface Props {
  use: PasskeyUse
  label: string
  onDone: () => void
  /** Called if the server or the browser refused; not if the user cancelled. */
  onProblem: (problem: { message: string; code: string; requestId?: string | undefined } | undefined) => void
}

export function PasskeyButton({ use, label, onDone, onProblem }: Props) {
  const [busy, setBusy] = useState(false)
  if (!hasPasskeys()) return null
  const prove = async () => {
    onProblem(undefined)
    const challenge = await passkeyChallenge(use)
    if (!challenge.ok) {
      onProblem(challenge)
      return
    }
    const signed = await answerWithPasskey(challenge.body.options)
    if (!signed.ok) {
      if (signed.problem) onProblem(signed.problem)
      return
    }
    const answer = await sendPasskey(use, challenge.body.token, signed.credential)
    if (answer.ok) onDone()
    else onProblem(answer)
  }
  const click = () => {
    setBusy(true)
    void prove().finally(() => setBusy(false))
  }
  return (
    <Button large busy={busy} icon={<Fingerprint size={14} aria-hidden="true" />} onClick={click}>
      {label}
    </Button>
  )
}
