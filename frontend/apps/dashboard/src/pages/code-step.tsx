// The second step of signing in: a code of the authenticator app, a recovery code, or a passkey.

import { type FormEvent, useEffect, useRef, useState } from 'react'
import { ShieldCheck } from 'lucide-react'
import type { SignInAnswer } from '@flowmason/graphql'
import { sendCode } from '@flowmason/graphql/account'
import { Button, ErrorPanel, Field, Input, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { PasskeyButton } from './passkey-button.tsx'

export function CodeStep({ onDone, onBack }: { onDone: () => void; onBack: () => void }) {
  const [refused, setRefused] = useState<Extract<SignInAnswer, { ok: false }>>()
  const [busy, setBusy] = useState(false)
  const [lost, setLost] = useState(false)
  const box = useRef<HTMLFormElement>(null)
  // The field of the first step, which had the focus, is gone.
  useEffect(() => box.current?.querySelector('input')?.focus(), [lost])
  const { errors, check, form } = useFormCheck({
    code: lost ? 'Enter one of your recovery codes.' : 'Enter the code that the app shows.',
  })
  const { at, rest } = fieldProblem(refused, { code: 'The code' })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    setBusy(true)
    setRefused(undefined)
    void sendCode(String(new FormData(event.currentTarget).get('code'))).then((answer) => {
      setBusy(false)
      if (answer.ok) onDone()
      else setRefused(answer)
    })
  }
  return (
    <form
      {...form}
      ref={box}
      onSubmit={submit}
      className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5"
    >
      <Field
        key={lost ? 'recovery' : 'code'}
        label={lost ? 'Recovery code' : 'Code'}
        hint={lost ? 'Each code works once.' : 'The six digits in your authenticator app.'}
        error={errors['code'] ?? (at['code'] && <Ticked text={at['code']} />)}
      >
        {(ids) => (
          <Input
            {...ids}
            name="code"
            required
            maxLength={40}
            inputMode={lost ? 'text' : 'numeric'}
            autoComplete={lost ? 'off' : 'one-time-code'}
          />
        )}
      </Field>
      {rest && (
        <ErrorPanel title={rest.code === 'UNAUTHENTICATED' ? 'Begin again' : 'You are not signed in'} problem={rest} />
      )}
      <Button type="submit" variant="primary" large busy={busy} icon={<ShieldCheck size={14} aria-hidden="true" />}>
        Continue
      </Button>
      <PasskeyButton
        use="code"
        label="Use a passkey"
        onDone={onDone}
        onProblem={(problem) => setRefused(problem && { ok: false, ...problem })}
      />
      <div className="flex flex-wrap justify-between gap-2">
        <Button
          variant="quiet"
          onClick={() => {
            setLost(!lost)
            setRefused(undefined)
          }}
        >
          {lost ? 'Use the app' : 'Use a recovery code'}
        </Button>
        <Button variant="quiet" onClick={onBack}>
          Back
        </Button>
      </div>
    </form>
  )
}
