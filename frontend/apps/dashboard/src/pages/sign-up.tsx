// Signs up on a server that is open to strangers. The page says the same whether or not the address has an account.

import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { Link } from '@tanstack/react-router'
import { DoorClosed, MailCheck } from 'lucide-react'
import { type SignInAnswer, type SignInMethods, signInMethods } from '@flowmason/graphql'
import { signUp } from '@flowmason/graphql/people'
import { Button, Empty, ErrorPanel, Field, Input, Loading, Note, Skeleton, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useTitle } from '../lib/use-title.ts'
import { SignedOutPage } from './signed-out-page.tsx'

const labels = {
  name: 'Your name',
  email: 'The email address',
  organization: 'The organization',
  newPassword: 'The password',
}

export function SignUp() {
  useTitle('Sign up')
  const [methods, setMethods] = useState<SignInAnswer<SignInMethods>>()
  const load = useCallback(() => {
    void signInMethods().then(setMethods)
  }, [])
  useEffect(load, [load])
  const again = () => {
    setMethods(undefined)
    load()
  }
  return (
    <SignedOutPage title="Sign up for FlowMason" text="An account with an organization of your own.">
      {!methods && (
        <Loading label="Loading the page">
          <Skeleton className="h-80 rounded-float" />
        </Loading>
      )}
      {methods && !methods.ok && <ErrorPanel title="The page could not be loaded" problem={methods} onRetry={again} />}
      {methods?.ok && (methods.body.signUp ? <SignUpForm /> : <Closed />)}
      <Link to="/sign-in" className="text-center text-muted hover:text-text hover:underline">
        Back to sign-in
      </Link>
    </SignedOutPage>
  )
}

const Closed = () => (
  <div className="rounded-float border border-line bg-panel">
    <Empty icon={<DoorClosed size={20} aria-hidden="true" />} title="You need an invitation" className="py-8">
      This server is not open for sign-up. Ask somebody who uses it to invite you.
    </Empty>
  </div>
)

function SignUpForm() {
  const [answer, setAnswer] = useState<SignInAnswer>()
  const [busy, setBusy] = useState(false)
  const {
    errors,
    check,
    form: checked,
  } = useFormCheck({
    name: 'Enter your name.',
    email: 'Enter your email address.',
    organization: 'Enter the name of the organization.',
    newPassword: 'Enter a password.',
  })
  const { at, rest } = fieldProblem(answer?.ok === false ? answer : undefined, labels)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setAnswer(undefined)
    if (!check(event.currentTarget)) return
    setBusy(true)
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    const wanted = {
      name: text('name').trim(),
      email: text('email').trim(),
      organization: text('organization').trim(),
      password: text('newPassword'),
    }
    void signUp(wanted).then((got) => {
      setBusy(false)
      setAnswer(got)
    })
  }
  if (answer?.ok)
    return (
      <div role="status">
        <Note icon={<MailCheck size={15} aria-hidden="true" />}>
          A letter is on its way to your address. Open its link within 24 hours to make the account. Check the spam
          folder, too.
        </Note>
      </div>
    )
  const errorOf = (name: keyof typeof labels) => errors[name] ?? (at[name] && <Ticked text={at[name]} />)
  return (
    <form {...checked} onSubmit={submit} className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5">
      <Field label="Your name" error={errorOf('name')}>
        {(ids) => <Input {...ids} name="name" required maxLength={100} autoComplete="name" />}
      </Field>
      <Field label="Email" error={errorOf('email')}>
        {(ids) => <Input {...ids} name="email" type="email" required autoComplete="username" />}
      </Field>
      <Field label="Organization" error={errorOf('organization')} hint="You can invite others to it later.">
        {(ids) => <Input {...ids} name="organization" required maxLength={100} autoComplete="organization" />}
      </Field>
      <Field label="Password" error={errorOf('newPassword')} hint="At least 8 characters.">
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
      {rest && <ErrorPanel title="You have not signed up" problem={rest} />}
      <Button type="submit" variant="primary" large busy={busy}>
        Sign up
      </Button>
    </form>
  )
}
