// Requests a link that sets a new password. The page says the same whether or not the address has an account.

import { type FormEvent, useState } from 'react'
import { Link } from '@tanstack/react-router'
import { FolderLock, MailCheck } from 'lucide-react'
import type { SignInAnswer } from '@flowmason/graphql'
import { type ResetRequested, forgotPassword } from '@flowmason/graphql/people'
import { Button, ErrorPanel, Field, Input, Note, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useTitle } from '../lib/use-title.ts'
import { SignedOutPage } from './signed-out-page.tsx'

const labels = { email: 'The email address' }

export function ForgotPassword() {
  useTitle('Forgot password')
  const [answer, setAnswer] = useState<SignInAnswer<ResetRequested>>()
  const [busy, setBusy] = useState(false)
  const { errors, check, form: checked } = useFormCheck({ email: 'Enter your email address.' })
  const { at, rest } = fieldProblem(answer?.ok === false ? answer : undefined, labels)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setAnswer(undefined)
    if (!check(event.currentTarget)) return
    setBusy(true)
    const email = String(new FormData(event.currentTarget).get('email')).trim()
    void forgotPassword(email).then((got) => {
      setBusy(false)
      setAnswer(got)
    })
  }
  return (
    <SignedOutPage title="Forgot your password?" text="A link lets you set a new one.">
      {answer?.ok ? (
        <div role="status">
          <Requested delivery={answer.body.delivery} />
        </div>
      ) : (
        <form
          {...checked}
          onSubmit={submit}
          className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5"
        >
          <Field label="Email" error={errors['email'] ?? (at['email'] && <Ticked text={at['email']} />)}>
            {(ids) => <Input {...ids} name="email" type="email" required autoComplete="username" />}
          </Field>
          {rest && <ErrorPanel title="No link was requested" problem={rest} />}
          <Button type="submit" variant="primary" large busy={busy}>
            Send the link
          </Button>
        </form>
      )}
      <Link to="/sign-in" className="text-center text-muted hover:text-text hover:underline">
        Back to sign-in
      </Link>
    </SignedOutPage>
  )
}

function Requested({ delivery }: ResetRequested) {
  if (delivery === 'folder')
    return (
      <Note icon={<FolderLock size={15} aria-hidden="true" />}>
        This server does not send email. If the address has an account, the link is in the folder “mail” of the server’s
        data folder. Ask the administrator of the server for it. It works once, for an hour.
      </Note>
    )
  return (
    <Note icon={<MailCheck size={15} aria-hidden="true" />}>
      If the address has an account, the link is on its way. It works once, for an hour. Check the spam folder, too.
    </Note>
  )
}
