// The user's email address: verifying it, and changing it, with the change that waits for confirmations.

import { type FormEvent, useState } from 'react'
import { CircleCheck, Clock, FolderLock } from 'lucide-react'
import { UpdateProfileDocument } from '@flowmason/graphql'
import {
  CancelEmailChangeDocument,
  ChangeEmailDocument,
  EmailAddressDocument,
  type EmailChangeFieldsFragment,
  ResendEmailChangeDocument,
  VerifyEmailDocument,
} from '@flowmason/graphql/account'
import { Ago, Button, ErrorPanel, Field, Input, Loading, Note, Skeleton, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { mailLanguage } from './invite-dialog.tsx'

const labels = { email: 'The email address' }

/** `locked`: this session cannot change it. */
export function EmailAddress({ locked = false }: { locked?: boolean }) {
  const { data, problem, refetch } = useAnswer(EmailAddressDocument, {})
  const [changing, setChanging] = useState(false)
  if (problem) return <ErrorPanel title="Your address could not be loaded" problem={problem} onRetry={refetch} />
  if (!data)
    return (
      <Loading label="Loading the email address">
        <Skeleton className="h-8 rounded-control" />
      </Loading>
    )
  const email = data.viewer.user?.email
  const change = data.emailChange
  const done = () => {
    setChanging(false)
    refetch()
  }
  return (
    <div className="flex flex-col gap-4">
      {locked && !email && <p className="text-muted">None.</p>}
      {email && (
        <Current
          locked={locked}
          email={email}
          verified={data.viewer.user?.emailVerified === true}
          waits={change !== null && change !== undefined}
          onChange={changing || locked ? undefined : () => setChanging(true)}
          onAsked={refetch}
        />
      )}
      {!locked && change && <Pending change={change} sendsMail={data.viewer.sendsMail} onDone={refetch} />}
      {!locked && (changing || !email) && (
        <AddressForm
          first={!email}
          verified={data.viewer.user?.emailVerified === true}
          onDone={done}
          onCancel={() => setChanging(false)}
        />
      )}
    </div>
  )
}

interface CurrentProps {
  locked: boolean
  email: string
  verified: boolean
  /** Whether a change or a verification waits. */
  waits: boolean
  /** Absent while the form is open, and if this session cannot change it. */
  onChange: (() => void) | undefined
  onAsked: () => void
}

function Current({ locked, email, verified, waits, onChange, onAsked }: CurrentProps) {
  const verify = useChange(VerifyEmailDocument)
  const ask = async () => {
    if (await verify.run({ input: { language: mailLanguage() } })) onAsked()
  }
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <p className="min-w-0 flex-1 max-sm:basis-full">
        <span className="font-medium wrap-anywhere">{email}</span>{' '}
        <span className={verified ? 'text-ok' : 'text-muted'}>{verified ? 'Verified' : 'Not verified'}</span>
      </p>
      {!locked && !verified && !waits && (
        <Button busy={verify.busy} onClick={() => void ask()}>
          Verify
        </Button>
      )}
      {onChange && <Button onClick={onChange}>Change the address</Button>}
    </div>
  )
}

interface PendingProps {
  change: EmailChangeFieldsFragment
  sendsMail: boolean
  onDone: () => void
}

function Pending({ change, sendsMail, onDone }: PendingProps) {
  const resend = useChange(ResendEmailChangeDocument)
  const cancel = useChange(CancelEmailChangeDocument)
  const again = async () => {
    if (!(await resend.run({}))) return
    toast('New links are on their way. Older ones no longer work.')
    onDone()
  }
  const end = async () => {
    if (!(await cancel.run({}))) return
    toast(change.isVerification ? 'The verification was cancelled.' : 'Your address stays as it is.')
    onDone()
  }
  const title = change.isVerification ? 'Waiting for a confirmation' : `Waiting to change to ${change.email}`
  return (
    <section
      aria-label="Pending change of the address"
      className="flex flex-col gap-2.5 rounded-control border border-line2 bg-sunk px-3 py-3"
    >
      <p className="font-medium wrap-anywhere">{title}</p>
      <ul className="flex flex-col gap-1">
        <Step done={change.newConfirmed}>
          {change.isVerification ? 'Your address' : 'The new address'} confirms with the link sent to it
        </Step>
        {change.oldConfirmed !== null && change.oldConfirmed !== undefined && (
          <Step done={change.oldConfirmed}>Your current address allows it with the link sent to it</Step>
        )}
      </ul>
      <p className="text-xs text-muted">
        The links expire <Ago at={change.expiresAt} />. Nothing changes until every address listed here has confirmed.
      </p>
      {!sendsMail && (
        <Note icon={<FolderLock size={15} aria-hidden="true" />}>
          This server does not send email. The links are in the folder “mail” of the server’s data folder. Ask the
          administrator of the server for them.
        </Note>
      )}
      <div className="flex flex-wrap gap-2">
        <Button busy={resend.busy} onClick={() => void again()}>
          Send again
        </Button>
        <Button variant="quiet" busy={cancel.busy} onClick={() => void end()}>
          Cancel
        </Button>
      </div>
    </section>
  )
}

const Step = ({ done, children }: { done: boolean; children: React.ReactNode }) => (
  <li className="flex items-start gap-2">
    {done ? (
      <CircleCheck size={15} className="mt-0.5 shrink-0 text-ok" aria-hidden="true" />
    ) : (
      <Clock size={15} className="mt-0.5 shrink-0 text-muted" aria-hidden="true" />
    )}
    <span>
      {children}
      <span className="sr-only">{done ? ': done' : ': waiting'}</span>
    </span>
  </li>
)

interface FormProps {
  /** Whether the user has no address yet; the first one needs no confirmation. */
  first: boolean
  /** Whether the address that they have is verified; otherwise only the new one confirms. */
  verified: boolean
  onDone: () => void
  onCancel: () => void
}

function AddressForm({ first, verified, onDone, onCancel }: FormProps) {
  const set = useChange(UpdateProfileDocument, { inPlace: true })
  const change = useChange(ChangeEmailDocument, { inPlace: true })
  const { errors, check, form: checked } = useFormCheck({ email: 'Enter an email address.' })
  const { at, rest } = fieldProblem(set.problem ?? change.problem, labels)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    set.clear()
    change.clear()
    if (!check(event.currentTarget)) return
    const email = String(new FormData(event.currentTarget).get('email')).trim()
    const done = first
      ? await set.run({ input: { email } })
      : await change.run({ input: { email, language: mailLanguage() } })
    if (!done) return
    if (first) toast('Saved.')
    onDone()
  }
  return (
    <form {...checked} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      <Field
        label={first ? 'Email' : 'New email address'}
        error={errors['email'] ?? (at['email'] && <Ticked text={at['email']} />)}
        hint={first ? undefined : verified ? 'Links are sent to both addresses.' : 'It confirms with a link.'}
      >
        {(ids) => <Input {...ids} name="email" type="email" required autoComplete="email" />}
      </Field>
      {rest && <ErrorPanel title="The address was not changed" problem={rest} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" busy={set.busy || change.busy}>
          {first ? 'Save' : verified ? 'Send the links' : 'Send the link'}
        </Button>
        {!first && (
          <Button variant="quiet" onClick={onCancel}>
            Keep the address
          </Button>
        )}
      </div>
    </form>
  )
}
