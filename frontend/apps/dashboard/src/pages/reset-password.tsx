// Sets a new password, opened by the link in an email.

import { type FormEvent, useState } from 'react'
import { Link } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import type { SignInAnswer } from '@flowmason/graphql'
import { resetPassword } from '@flowmason/graphql/people'
import { Button, ErrorPanel, Field, Input, Note, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useTitle } from '../lib/use-title.ts'
import { ProviderList } from '../parts/provider-list.tsx'
import { SignedOutPage } from './signed-out-page.tsx'

const labels = { newPassword: 'The password' }

export function ResetPassword() {
  useTitle('New password')
  // The token is in the fragment, which is never sent to a server, so the page can be reloaded.
  const [token] = useState(() => location.hash.slice(1))
  const [answer, setAnswer] = useState<SignInAnswer>()
  const [busy, setBusy] = useState(false)
  const { errors, check, form: checked } = useFormCheck({ newPassword: 'Enter a password.' })
  const { at, rest } = fieldProblem(answer?.ok === false ? answer : undefined, labels)
  const ended = rest?.code === 'NOT_FOUND'
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setAnswer(undefined)
    if (!check(event.currentTarget)) return
    setBusy(true)
    const password = String(new FormData(event.currentTarget).get('newPassword'))
    void resetPassword(token, password).then((got) => {
      setBusy(false)
      setAnswer(got)
    })
  }
  return (
    <SignedOutPage title="Set a new password" text="You are then signed out everywhere.">
      {answer?.ok ? (
        <div role="status">
          <Note icon={<CircleCheck size={15} aria-hidden="true" />}>
            Your password was changed. Sign in with the new one.
          </Note>
        </div>
      ) : (
        <form
          {...checked}
          onSubmit={submit}
          className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5"
        >
          <Field
            label="New password"
            error={errors['newPassword'] ?? (at['newPassword'] && <Ticked text={at['newPassword']} />)}
            hint="At least 8 characters."
          >
            {(ids) => (
              <Input
                {...ids}
                name="newPassword"
                type="password"
                required
                minLength={8}
                maxLength={1024}
                autoComplete="new-password"
              />
            )}
          </Field>
          {rest && <ErrorPanel title={ended ? 'The link has ended' : 'The password was not changed'} problem={rest} />}
          {rest?.providers && <ProviderList providers={rest.providers} next="/" />}
          <Button type="submit" variant="primary" large busy={busy}>
            Set the password
          </Button>
        </form>
      )}
      <Link
        to={ended ? '/forgot-password' : '/sign-in'}
        className="text-center text-muted hover:text-text hover:underline"
      >
        {ended ? 'Request a new link' : 'Go to sign-in'}
      </Link>
    </SignedOutPage>
  )
}
