// The form for accepting an invitation with a new account, or with an existing one by its password.

import { type FormEvent, useState } from 'react'
import { type SignInAnswer, signInByPassword } from '@flowmason/graphql'
import { type InvitationPreview, acceptInvitation } from '@flowmason/graphql/people'
import { Button, ErrorPanel, Field, Input, Ticked, cx } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { ProviderList } from '../parts/provider-list.tsx'

export type Refusal = Extract<SignInAnswer, { ok: false }>
type Kind = 'new' | 'existing'

const kinds: readonly [Kind, string][] = [
  ['new', 'New account'],
  ['existing', 'Existing account'],
]
/** The second step of signing in has its own page. */
const NEEDS_CODE: Refusal = {
  ok: false,
  code: 'CODE_REQUIRED',
  message: 'Your account has two-factor authentication. Sign in first, then open this link again.',
}
const labels = {
  name: 'Your name',
  email: 'The email address',
  password: 'The password',
  // What the server calls the password of a new account.
  newPassword: 'The password',
}

export function AccountForm({
  token,
  preview,
  onJoined,
}: {
  token: string
  preview: InvitationPreview
  onJoined: (organizationId: string) => void
}) {
  const [kind, setKind] = useState<Kind>(preview.newAccount ? 'new' : 'existing')
  const [refused, setRefused] = useState<Refusal>()
  const [busy, setBusy] = useState(false)
  const {
    errors,
    check,
    form: checked,
  } = useFormCheck({
    name: 'Enter your name.',
    email: 'Enter your email address.',
    password: kind === 'new' ? 'Enter a password.' : 'Enter your password.',
  })
  const { at, rest } = placed(refused)
  const wrong = at['password'] ?? at['newPassword']
  const join = async (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? '')
    const [email, password] = [text('email').trim(), text('password')]
    if (kind === 'new') return acceptInvitation(token, { name: text('name').trim(), email, password })
    // Signed in first: accepting with a mistyped address would create an account.
    const session = await signInByPassword(email, password)
    if (!session.ok) return session
    return session.body.codeRequired ? NEEDS_CODE : acceptInvitation(token)
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setRefused(undefined)
    if (!check(event.currentTarget)) return
    setBusy(true)
    void join(new FormData(event.currentTarget)).then((answer) => {
      if (answer.ok) {
        onJoined(answer.body.organizationId)
        return
      }
      setBusy(false)
      setRefused(answer)
    })
  }
  return (
    <form {...checked} onSubmit={submit} className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5">
      {preview.newAccount ? (
        <fieldset className="flex gap-1 rounded-control bg-sunk p-1">
          <legend className="sr-only">Account</legend>
          {kinds.map(([value, label]) => (
            <label
              key={value}
              className={cx(
                'flex h-8 flex-1 cursor-pointer items-center justify-center rounded-control has-focus-visible:outline-2 has-focus-visible:outline-copper',
                kind === value ? 'border border-line2 bg-panel font-medium' : 'text-muted hover:text-text',
              )}
            >
              <input
                type="radio"
                name="kind"
                value={value}
                checked={kind === value}
                onChange={() => {
                  setKind(value)
                  setRefused(undefined)
                }}
                className="sr-only"
              />
              {label}
            </label>
          ))}
        </fieldset>
      ) : (
        <p className="text-muted">You need an account on this server. Invitations make no new ones here.</p>
      )}
      {kind === 'new' && (
        <Field label="Your name" error={errors['name'] ?? (at['name'] && <Ticked text={at['name']} />)}>
          {(ids) => <Input {...ids} name="name" required maxLength={100} autoComplete="name" />}
        </Field>
      )}
      <Field
        label="Email"
        error={errors['email'] ?? (at['email'] && <Ticked text={at['email']} />)}
        hint={preview.email ? 'The invitation is for this address only.' : undefined}
      >
        {(ids) => (
          <Input
            {...ids}
            name="email"
            type="email"
            required
            autoComplete="username"
            defaultValue={preview.email ?? ''}
            readOnly={preview.email !== null}
          />
        )}
      </Field>
      <Field
        key={kind}
        label="Password"
        error={errors['password'] ?? (wrong && <Ticked text={wrong} />)}
        hint={kind === 'new' ? 'At least 8 characters.' : undefined}
      >
        {(ids) => (
          <Input
            {...ids}
            name="password"
            type="password"
            required
            minLength={kind === 'new' ? 8 : undefined}
            maxLength={1024}
            autoComplete={kind === 'new' ? 'new-password' : 'current-password'}
          />
        )}
      </Field>
      {rest && <ErrorPanel title="You have not joined" problem={rest} />}
      {rest?.providers && <ProviderList providers={rest.providers} next="/" email={preview.email ?? undefined} />}
      <Button type="submit" variant="primary" large busy={busy}>
        {kind === 'new' ? `Join ${preview.organization}` : `Sign in and join ${preview.organization}`}
      </Button>
    </form>
  )
}

/** A wrong password is an error of its field, too. With a new account it means that the address has an account. */
function placed(refused: Refusal | undefined) {
  if (refused?.code !== 'UNAUTHENTICATED') return fieldProblem(refused, labels)
  return { at: { password: `${refused.message}.` } as Record<string, string>, rest: undefined }
}
