// Registers an application, and shows its id and its secret once.

import { type FormEvent, useState } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import {
  type ApplicationFieldsFragment,
  type ApplicationKind,
  RegisterApplicationDocument,
  ServiceAccountsDocument,
} from '@flowmason/graphql/people'
import { Button, Copy, Dialog, ErrorPanel, Field, Select, Ticked } from '@flowmason/ui'
import { PermissionChoice } from '../access/permission-choice.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { ApplicationFields, labels, readApplication } from './application-fields.tsx'
import { SecretDialog } from './secret-dialog.tsx'

export function RegisterApplication({ viewer, onClose }: { viewer: ViewerFieldsFragment; onClose: () => void }) {
  const register = useChange(RegisterApplicationDocument, { inPlace: true })
  const mayAct = viewer.permissions.includes('service_account.manage')
  const accounts = useAnswer(ServiceAccountsDocument, {}, { pause: !mayAct })
  const [kind, setKind] = useState<ApplicationKind>('CONFIDENTIAL')
  const [none, setNone] = useState(false)
  const [made, setMade] = useState<{ application: ApplicationFieldsFragment; secret: string | null | undefined }>()
  const { errors, check, form: checked } = useFormCheck({ name: 'Enter the name that people will see.' })
  const refused = fieldProblem(register.problem, labels)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    register.clear()
    const form = new FormData(event.currentTarget)
    const read = readApplication(form)
    setNone(read.scopes.length === 0)
    if (!check(event.currentTarget) || read.scopes.length === 0) return
    const done = await register.run({
      input: { ...read, kind, serviceAccountId: String(form.get('account') ?? '') || null },
    })
    if (done) setMade(done.registerApplication)
  }
  if (made?.secret) {
    return (
      <SecretDialog
        title={`The secret of ${made.application.name}`}
        secret={made.secret}
        copy="Copy the secret"
        done="I have saved it"
        testId="secret"
        onClose={onClose}
      >
        This is the only time the secret is shown. The application sends it with its client id{' '}
        <code className="wrap-anywhere">{made.application.clientId}</code>.
      </SecretDialog>
    )
  }
  if (made) return <PublicId id={made.application.clientId} name={made.application.name} onClose={onClose} />
  const errorAt = (name: string) => errors[name] ?? (refused.at[name] && <Ticked text={refused.at[name]} />)
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Register an application"
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button variant="primary" type="submit" form="register" busy={register.busy}>
            Register
          </Button>
        </>
      }
    >
      <form {...checked} id="register" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <ApplicationFields errorAt={errorAt}>
          <Field label="Where it runs">
            {(ids) => (
              <Select {...ids} value={kind} onChange={(event) => setKind(event.target.value as ApplicationKind)}>
                <option value="CONFIDENTIAL">On a server, which keeps a secret</option>
                <option value="PUBLIC">On people’s machines or in a browser, without a secret</option>
              </Select>
            )}
          </Field>
        </ApplicationFields>
        {kind === 'CONFIDENTIAL' && mayAct && (
          <Field
            label="Service account"
            error={errorAt('serviceAccountId')}
            hint="Optional. The application can act as it, without a person (client credentials)."
          >
            {(ids) => (
              <Select {...ids} name="account" defaultValue="">
                <option value="">None</option>
                {accounts.data?.serviceAccounts.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <PermissionChoice own={viewer.permissions} missing={none} forProgram />
        {refused.rest && <ErrorPanel title="The application was not registered" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}

/** A public application has no secret: its id is all that it needs. */
const PublicId = ({ id, name, onClose }: { id: string; name: string; onClose: () => void }) => (
  <Dialog
    open
    onOpenChange={(open) => !open && onClose()}
    title={`${name} is registered`}
    footer={<Button onClick={onClose}>Close</Button>}
  >
    <p className="mb-3">Its client ID, which is not a secret:</p>
    <div className="flex items-center gap-2 rounded-control border border-line2 bg-sunk py-1.5 pr-1.5 pl-3">
      <code className="min-w-0 flex-1 break-all">{id}</code>
      <Copy text={id} label="Copy the client id" />
    </div>
  </Dialog>
)
