// Two-factor authentication of the user: setting it up, renewing the recovery codes, turning it off.

import { type FormEvent, useState } from 'react'
import { ShieldCheck } from 'lucide-react'
import {
  BeginTwoFactorDocument,
  type BeginTwoFactorMutation,
  ConfirmTwoFactorDocument,
  DisableTwoFactorDocument,
  RenewRecoveryCodesDocument,
  TwoFactorDocument,
} from '@flowmason/graphql/account'
import { Button, Copy, Dialog, ErrorPanel, Field, Input, Loading, Moment, Skeleton, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { OnceDialog } from './once-dialog.tsx'

type Enrolment = BeginTwoFactorMutation['beginTwoFactor']

/** Below this, new codes are advised. */
const FEW = 3

export function TwoFactor() {
  const { data, problem, refetch } = useAnswer(TwoFactorDocument, {})
  const begin = useChange(BeginTwoFactorDocument)
  const renew = useChange(RenewRecoveryCodesDocument)
  const disable = useChange(DisableTwoFactorDocument)
  const [enrolment, setEnrolment] = useState<Enrolment>()
  const [codes, setCodes] = useState<readonly string[]>()
  const [sure, setSure] = useState(false)
  if (problem) return <ErrorPanel title="The state could not be loaded" problem={problem} onRetry={refetch} />
  if (!data)
    return (
      <Loading label="Loading two-factor authentication">
        <Skeleton className="h-8 rounded-control" />
      </Loading>
    )
  const { onSince, recoveryCodesLeft: left } = data.twoFactor
  const setUp = async () => {
    const begun = await begin.run({})
    if (begun) setEnrolment(begun.beginTwoFactor)
  }
  const renewCodes = async () => {
    const renewed = await renew.run({})
    if (!renewed) return
    setCodes(renewed.renewRecoveryCodes.recoveryCodes)
    refetch()
  }
  const turnOff = async () => {
    const done = await disable.run({})
    setSure(false)
    if (!done) return
    toast('Two-factor authentication is off.')
    refetch()
  }
  return (
    <div className="flex flex-col gap-3">
      {onSince ? (
        <>
          <p>
            On since <Moment at={onSince} />.{' '}
            <span className={left < FEW ? 'text-fail' : 'text-muted'}>
              {left === 1 ? '1 recovery code is left.' : `${left} recovery codes are left.`}
              {left < FEW && ' Create new ones before you run out.'}
            </span>
          </p>
          <div className="flex flex-wrap items-center gap-2">
            <Button busy={renew.busy} onClick={() => void renewCodes()}>
              New recovery codes
            </Button>
            {sure ? (
              <>
                <Button variant="danger" busy={disable.busy} onClick={() => void turnOff()}>
                  Turn off
                </Button>
                <Button variant="quiet" onClick={() => setSure(false)}>
                  Keep it on
                </Button>
              </>
            ) : (
              <Button variant="quiet" onClick={() => setSure(true)}>
                Turn off …
              </Button>
            )}
          </div>
        </>
      ) : (
        <>
          <p className="text-muted">Off. With it, a stolen password is not enough to sign in as you.</p>
          <div>
            <Button busy={begin.busy} icon={<ShieldCheck size={14} aria-hidden="true" />} onClick={() => void setUp()}>
              Set up an authenticator app
            </Button>
          </div>
        </>
      )}
      {enrolment && (
        <EnrolmentDialog
          enrolment={enrolment}
          onClose={() => setEnrolment(undefined)}
          onDone={(recovery) => {
            setEnrolment(undefined)
            setCodes(recovery)
            refetch()
          }}
        />
      )}
      {codes && <RecoveryCodes codes={codes} onClose={() => setCodes(undefined)} />}
    </div>
  )
}

function EnrolmentDialog({
  enrolment,
  onClose,
  onDone,
}: {
  enrolment: Enrolment
  onClose: () => void
  onDone: (codes: readonly string[]) => void
}) {
  const confirm = useChange(ConfirmTwoFactorDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ code: 'Enter the code that the app shows.' })
  const { at, rest } = fieldProblem(confirm.problem, { code: 'The code' })
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const code = String(new FormData(event.currentTarget).get('code'))
    const done = await confirm.run({ input: { code } })
    if (done) onDone(done.confirmTwoFactor.recoveryCodes)
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Set up an authenticator app">
      <form {...form} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <p>Scan the picture with the app, or type the secret into it. Then enter the code that the app shows.</p>
        <img
          src={`data:image/svg+xml,${encodeURIComponent(enrolment.qrCode)}`}
          alt="QR code with the secret below"
          width={200}
          height={200}
          className="self-center rounded-control"
        />
        <div className="flex items-center gap-2 rounded-control border border-line2 bg-sunk py-1.5 pr-1.5 pl-3">
          <code className="min-w-0 flex-1 break-all" data-testid="two-factor-secret">
            {enrolment.secret}
          </code>
          <Copy text={enrolment.secret} label="Copy the secret" />
        </div>
        <Field label="Code" error={errors['code'] ?? (at['code'] && <Ticked text={at['code']} />)}>
          {(ids) => (
            <Input {...ids} name="code" required inputMode="numeric" autoComplete="one-time-code" maxLength={40} />
          )}
        </Field>
        {rest && <ErrorPanel title="Two-factor authentication is still off" problem={rest} />}
        <div>
          <Button type="submit" variant="primary" busy={confirm.busy}>
            Turn on
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  return (
    <OnceDialog
      title="Your recovery codes"
      done="I have saved them"
      reading
      onClose={onClose}
      renderButtons={(onCopied) => <Copy text={codes.join('\n')} label="Copy the codes" onCopied={onCopied} />}
    >
      {() => (
        <>
          <p className="mb-3">
            They are shown only now. Keep them where you find them without the app: each signs you in once, and without
            app and codes only the administrator of this server can let you in. Older codes no longer work.
          </p>
          <ul
            data-testid="recovery-codes"
            className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-control border border-line2 bg-sunk px-3 py-2.5"
          >
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </OnceDialog>
  )
}
