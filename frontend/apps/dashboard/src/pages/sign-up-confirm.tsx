// Makes the account of a sign-up, opened by the link in its letter. The password that was chosen is asked for, because
// somebody else may have signed up with the address.

import { type FormEvent, useState } from 'react'
import { Link } from '@tanstack/react-router'
import type { SignInAnswer } from '@flowmason/graphql'
import { confirmSignUp } from '@flowmason/graphql/people'
import { Button, ErrorPanel, Field, Input, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useTitle } from '../lib/use-title.ts'
import { SignedOutPage } from './signed-out-page.tsx'

const labels = { password: 'The password' }

export function ConfirmSignUp() {
  useTitle('New account')
  // The token is in the fragment, which is never sent to a server, so the page can be reloaded.
  const [token] = useState(() => location.hash.slice(1))
  const [answer, setAnswer] = useState<SignInAnswer>()
  const [busy, setBusy] = useState(false)
  const { errors, check, form: checked } = useFormCheck({ password: 'Enter the password that you have chosen.' })
  const { at, rest } = fieldProblem(answer?.ok === false ? answer : undefined, labels)
  const ended = rest?.code === 'NOT_FOUND'
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setAnswer(undefined)
    if (!check(event.currentTarget)) return
    setBusy(true)
    const password = String(new FormData(event.currentTarget).get('password'))
    void confirmSignUp(token, password).then((got) => {
      if (got.ok) {
        location.assign('/')
        return
      }
      setBusy(false)
      setAnswer(got)
    })
  }
  return (
    <SignedOutPage title="Welcome to FlowMason" text="Your address is confirmed with your password.">
      <form
        {...checked}
        onSubmit={submit}
        className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5"
      >
        <Field
          label="Password"
          error={errors['password'] ?? (at['password'] && <Ticked text={at['password']} />)}
          hint="The one that you have chosen when you signed up."
        >
          {(ids) => (
            <Input {...ids} name="password" type="password" required maxLength={1024} autoComplete="current-password" />
          )}
        </Field>
        {rest && <ErrorPanel title={ended ? 'The link has ended' : 'There is no account yet'} problem={rest} />}
        <Button type="submit" variant="primary" large busy={busy}>
          Make the account
        </Button>
      </form>
      <Link to={ended ? '/sign-up' : '/sign-in'} className="text-center text-muted hover:text-text hover:underline">
        {ended ? 'Sign up again' : 'Go to sign-in'}
      </Link>
    </SignedOutPage>
  )
}
