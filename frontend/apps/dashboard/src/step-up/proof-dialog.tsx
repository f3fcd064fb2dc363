// The dialog in which a signed-in user proves who they are: with their password, with a code, or with a passkey.

import { type FormEvent, useEffect, useRef, useState } from 'react'
import {
  type ApiProblem,
  type ProviderButton,
  type SignInAnswer,
  signInMethods,
  signOut,
  toProblem,
} from '@flowmason/graphql'
import { ProofMethodsDocument, type ProofMethodsQuery, stepUp } from '@flowmason/graphql/account'
import { Button, Dialog, ErrorPanel, Field, Input, Loading, Skeleton, Ticked } from '@flowmason/ui'
import { api } from '../api.ts'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { hasPasskeys } from '../lib/passkey.ts'
import { PasskeyButton } from '../pages/passkey-button.tsx'
import { keepForms } from './kept-forms.ts'

type Method = 'code' | 'password'

const labels = { code: 'The code', password: 'That' }

export function ProofDialog({ onEnd }: { onEnd: (proved: boolean) => void }) {
  const [open, setOpen] = useState(true)
  const { known, passkey, user, email, problem } = useMethods()
  const end = (proved: boolean) => {
    setOpen(false)
    onEnd(proved)
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(stays) => !stays && end(false)}
      title="Is it you?"
      description="This change needs a fresh proof of who you are. It lasts for ten minutes."
    >
      {problem && <ErrorPanel title="The ways to prove it could not be loaded" problem={problem} />}
      {!known && !problem && (
        <Loading label="Loading the ways to prove who you are">
          <Skeleton className="h-16 rounded-control" />
        </Loading>
      )}
      {known && known.length === 0 && !passkey && <SignInAgain user={user} email={email} />}
      <div className="flex flex-col gap-4">
        {known && known.length > 0 && <ProofForm methods={known} onProved={() => end(true)} />}
        {passkey && <PasskeyProof onProved={() => end(true)} />}
      </div>
    </Dialog>
  )
}

/** For whoever has nothing to prove it with here: a new sign-in proves it as well, and comes back to this page. */
function SignInAgain({ user, email }: { user: string | undefined; email: string | undefined }) {
  const [providers, setProviders] = useState<readonly ProviderButton[]>()
  useEffect(() => {
    let current = true
    void signInMethods(email).then((answer) => {
      if (current) setProviders(answer.ok ? answer.body.providers : [])
    })
    return () => {
      current = false
    }
  }, [email])
  const here = location.pathname + location.search
  const keep = () => {
    if (user) keepForms(user)
  }
  const leave = () => void signOut().then(() => location.assign(`/sign-in?${new URLSearchParams({ next: here })}`))
  return (
    <div className="flex flex-col gap-4">
      <p>
        You have no password, no two-factor authentication and no passkey that this browser can use. Sign in again; for
        ten minutes you can then make the change. You come back to this page, and what you have entered into its forms
        is kept, except for passwords and other secrets.
      </p>
      {!providers && <Skeleton className="h-9 rounded-control" />}
      {providers?.map((provider) => (
        <Button
          key={provider.path}
          large
          onClick={() => {
            keep()
            const query = new URLSearchParams({ next: here })
            if (email) query.set('email', email)
            location.assign(`${provider.path}?${query}`)
          }}
        >
          Sign in with {provider.name} again
        </Button>
      ))}
      {providers?.length === 0 && (
        <Button
          large
          onClick={() => {
            keep()
            leave()
          }}
        >
          Sign out and in again
        </Button>
      )}
    </div>
  )
}

function PasskeyProof({ onProved }: { onProved: () => void }) {
  const [problem, setProblem] = useState<ApiProblem>()
  return (
    <>
      {problem && <ErrorPanel title="That did not work" problem={problem} />}
      <PasskeyButton use="step-up" label="Use a passkey" onDone={onProved} onProblem={setProblem} />
    </>
  )
}

interface Methods {
  known: readonly Method[] | undefined
  /** Whether the user has a passkey that this browser can use. */
  passkey: boolean
  /** The id of the user. */
  user: string | undefined
  email: string | undefined
  problem: ApiProblem | undefined
}

/** The methods of the user, the best one first. */
function useMethods(): Methods {
  const [data, setData] = useState<ProofMethodsQuery>()
  const [problem, setProblem] = useState<ApiProblem>()
  useEffect(() => {
    void api.plain
      .query(ProofMethodsDocument, {})
      .toPromise()
      .then((answer) => {
        setData(answer.data)
        setProblem(answer.error && toProblem(answer.error))
      })
  }, [])
  const known = data && [
    ...(data.twoFactor.onSince ? ['code' as const] : []),
    ...(data.viewer.hasPassword ? ['password' as const] : []),
  ]
  const passkey = data !== undefined && data.passkeys.length > 0 && hasPasskeys()
  const user = data?.viewer.user
  return { known, passkey, user: user?.id, email: user?.email ?? undefined, problem }
}

function ProofForm({ methods, onProved }: { methods: readonly Method[]; onProved: () => void }) {
  const [method, setMethod] = useState(methods[0] ?? 'password')
  const [refused, setRefused] = useState<Extract<SignInAnswer, { ok: false }>>()
  const [busy, setBusy] = useState(false)
  const { errors, check, form } = useFormCheck({
    code: 'Enter the code that the app shows.',
    password: 'Enter your password.',
  })
  const { at, rest } = fieldProblem(refused, labels)
  const other = methods.find((each) => each !== method)
  const box = useRef<HTMLFormElement>(null)
  // The dialog opened before the form was there, so the focus is on the dialog.
  useEffect(() => box.current?.querySelector('input')?.focus(), [method])
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const text = String(new FormData(event.currentTarget).get(method))
    setBusy(true)
    void stepUp(method === 'code' ? { code: text } : { password: text }).then((answer) => {
      setBusy(false)
      if (answer.ok) onProved()
      else setRefused(answer)
    })
  }
  return (
    <form {...form} ref={box} onSubmit={submit} className="flex flex-col gap-4">
      {method === 'code' ? (
        <Field
          key="code"
          label="Code"
          hint="From your authenticator app, or a recovery code."
          error={errors['code'] ?? (at['code'] && <Ticked text={at['code']} />)}
        >
          {(ids) => <Input {...ids} name="code" required autoComplete="one-time-code" maxLength={40} />}
        </Field>
      ) : (
        <Field
          key="password"
          label="Password"
          error={errors['password'] ?? (at['password'] && <Ticked text={at['password']} />)}
        >
          {(ids) => <Input {...ids} name="password" type="password" required autoComplete="current-password" />}
        </Field>
      )}
      {rest && <ErrorPanel title="That did not work" problem={rest} />}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" variant="primary" busy={busy}>
          Continue
        </Button>
        {other && (
          <Button
            variant="quiet"
            onClick={() => {
              setMethod(other)
              setRefused(undefined)
            }}
          >
            {other === 'code' ? 'Use a code' : 'Use your password'}
          </Button>
        )}
      </div>
    </form>
  )
}
