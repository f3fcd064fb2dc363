// The ways to sign in: email and password, a passkey, or the one-time link that the program prints in its terminal. If
// the account has two-factor authentication, a code follows the password and the link.

import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { KeyRound, LogOut, Terminal } from 'lucide-react'
import { type FirstStep, type SignInAnswer, hasShownSomebody, signInByLink, signInByPassword } from '@flowmason/graphql'
import { Button, ErrorPanel, Field, Input, Note } from '@flowmason/ui'
import { useFormCheck } from '../lib/form-check.ts'
import { useTitle } from '../lib/use-title.ts'
import { ssoProblem } from '../lib/sso-words.ts'
import { CodeStep } from './code-step.tsx'
import { PasskeyButton } from './passkey-button.tsx'
import { ProviderList } from '../parts/provider-list.tsx'
import { ProviderButtons } from './provider-buttons.tsx'
import { SignedOutPage } from './signed-out-page.tsx'

const tokenOf = () => new URLSearchParams(location.hash.slice(1)).get('token')

/** Removes the token from the URL, so that it does not stay in the history. */
const hideToken = () => history.replaceState(history.state, '', location.pathname + location.search)

/** The part after `#token=` of a pasted URL, or the token itself. */
function readToken(text: string): string {
  const at = text.indexOf('token=')
  return (at === -1 ? text : text.slice(at + 6)).trim()
}

export function SignIn() {
  useTitle('Sign in')
  const navigate = useNavigate()
  const { next, problem, step, reason } = useSearch({ from: '/sign-in' })
  // Only read here, not removed: the page may be rendered more than once before it is shown.
  const [token] = useState(tokenOf)
  const [failed, setFailed] = useState<Extract<SignInAnswer, { ok: false }>>()
  const [busy, setBusy] = useState<'link' | 'password' | null>(token ? 'link' : null)
  const [needsCode, setNeedsCode] = useState(step === 'code')
  const [email, setEmail] = useState('')
  const [signUp, setSignUp] = useState(false)

  const arrive = useCallback(() => {
    // Only paths of this site: `//elsewhere` would leave it.
    const own = next !== undefined && next.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\')
    const target = own ? next : '/'
    // What the page has of the person before is not for the next one.
    if (hasShownSomebody()) location.replace(target)
    else void navigate({ href: target, replace: true })
  }, [navigate, next])
  const enter = useCallback(
    (answer: SignInAnswer<FirstStep>) => {
      setBusy(null)
      if (!answer.ok) setFailed(answer)
      else if (answer.body.codeRequired) setNeedsCode(true)
      else arrive()
    },
    [arrive],
  )
  const posted = useRef(false)
  useEffect(() => {
    if (!token || posted.current) return
    posted.current = true
    hideToken()
    void signInByLink(token).then(enter)
  }, [token, enter])

  const {
    errors,
    check,
    form: checked,
  } = useFormCheck({
    email: 'Enter your email address.',
    password: 'Enter your password.',
  })
  const byPassword = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const form = new FormData(event.currentTarget)
    setBusy('password')
    setFailed(undefined)
    void signInByPassword(String(form.get('email')), String(form.get('password'))).then(enter)
  }
  const pasting = useFormCheck({ link: 'Paste the link from the terminal.' })
  const byLink = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!pasting.check(event.currentTarget)) return
    const pasted = readToken(String(new FormData(event.currentTarget).get('link')))
    if (!pasted) return
    setBusy('link')
    setFailed(undefined)
    void signInByLink(pasted).then(enter)
  }

  const firstStep = (
    <>
      {!failed?.providers && <ProviderButtons email={email} next={next} onSignUp={setSignUp} />}
      <form
        {...checked}
        onSubmit={byPassword}
        className="flex flex-col gap-4 rounded-float border border-line bg-panel p-5"
      >
        <Field label="Email" error={errors['email']}>
          {(ids) => (
            <Input
              {...ids}
              name="email"
              type="email"
              required
              autoComplete="username"
              onBlur={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <Field label="Password" error={errors['password']}>
          {(ids) => <Input {...ids} name="password" type="password" required autoComplete="current-password" />}
        </Field>
        <Button
          type="submit"
          variant="primary"
          large
          busy={busy === 'password'}
          disabled={busy !== null}
          icon={<KeyRound size={14} aria-hidden="true" />}
        >
          Sign in
        </Button>
        <PasskeyButton
          use="sign-in"
          label="Sign in with a passkey"
          onDone={arrive}
          onProblem={(found) => setFailed(found && { ok: false, ...found })}
        />
        <Link to="/forgot-password" className="text-center text-muted hover:text-text hover:underline">
          Forgot password?
        </Link>
        {signUp && (
          <Link to="/sign-up" className="text-center text-muted hover:text-text hover:underline">
            No account yet? Sign up
          </Link>
        )}
      </form>
      <details
        className="group rounded-float border border-line bg-panel"
        open={failed !== undefined && token !== null}
      >
        <summary className="cursor-pointer px-5 py-3 font-medium select-none">No password yet?</summary>
        <div className="flex flex-col gap-4 px-5 pb-5">
          <Note icon={<Terminal size={15} aria-hidden="true" />}>
            FlowMason prints a one-time link in its terminal. Open it, or paste it here. Restarting the program prints a
            new one.
          </Note>
          <form {...pasting.form} onSubmit={byLink} className="flex flex-col gap-3">
            <Field label="One-time link" error={pasting.errors['link']}>
              {(ids) => (
                <Input {...ids} name="link" required autoComplete="off" placeholder="http://…/sign-in#token=…" />
              )}
            </Field>
            <Button type="submit" busy={busy === 'link'} disabled={busy !== null}>
              Use the link
            </Button>
          </form>
        </div>
      </details>
    </>
  )

  return (
    <SignedOutPage
      title="Sign in to FlowMason"
      text={
        needsCode
          ? 'Your account needs a second proof.'
          : token && busy === 'link'
            ? 'Signing you in …'
            : 'Build, run, and watch AI pipelines.'
      }
    >
      {reason === 'ended' && !failed && !needsCode && !problem && (
        <Note icon={<LogOut size={15} aria-hidden="true" />}>
          You were signed out: the session has expired, or it was ended in another browser, by a new password or by your
          organization. If you cannot sign in again, your access may have ended; ask an owner or an admin.
        </Note>
      )}
      {problem && !failed && !needsCode && <ErrorPanel title="You are not signed in" problem={ssoProblem(problem)} />}
      {failed && (
        <ErrorPanel
          title={failed.code === 'UNAUTHENTICATED' ? failed.message : 'You are not signed in'}
          problem={{ message: failed.message, code: failed.code, requestId: failed.requestId }}
        />
      )}
      {failed?.providers && <ProviderList providers={failed.providers} next={next} email={email || undefined} />}
      {needsCode ? <CodeStep onDone={arrive} onBack={() => setNeedsCode(false)} /> : firstStep}
    </SignedOutPage>
  )
}
