// Creates an API key with a role, chosen permissions or none, an expiry and networks, and shows it once.

import { type FormEvent, useState } from 'react'
import type { Role, ViewerFieldsFragment } from '@flowmason/graphql'
import { CreateApiKeyDocument } from '@flowmason/graphql/people'
import { Button, Dialog, ErrorPanel, Field, Input, Select, TextArea, Ticked } from '@flowmason/ui'
import { PermissionChoice } from '../access/permission-choice.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'
import { RoleSelect } from './role-select.tsx'
import { SecretDialog } from './secret-dialog.tsx'

const DAY_MS = 86_400_000
const lifetimes: readonly [number, string][] = [
  [7, '7 days'],
  [30, '30 days'],
  [90, '90 days'],
  [365, '1 year'],
  [0, 'Never'],
]

const accesses = ['role', 'permissions', 'grants'] as const

const labels = { name: 'The name', expiresAt: 'The expiry', allowedNetworks: 'The list', permissions: 'The list' }

interface Props {
  viewer: ViewerFieldsFragment
  /** The service account that the key belongs to; otherwise the user. */
  account?: { id: string; name: string; role: { builtIn?: Role | null; permissions: readonly string[] } }
  onClose: () => void
}

export function NewKey({ viewer, account, onClose }: Props) {
  const create = useChange(CreateApiKeyDocument, { inPlace: true })
  const [secret, setSecret] = useState<string>()
  // A key can do at most what its holder can. Of an account with one of the organization's own roles, it is not known
  // which built-in roles are within it.
  const most = account?.role.builtIn ?? undefined
  const own = viewer.permissions.filter((permission) => !account || account.role.permissions.includes(permission))
  const byRole = !account || most !== undefined
  const [access, setAccess] = useState<(typeof accesses)[number]>(byRole ? 'role' : 'permissions')
  const [none, setNone] = useState(false)
  const { errors, check, form: checked } = useFormCheck({ name: 'Enter a name that says what the key is for.' })
  const refused = fieldProblem(create.problem, labels)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    create.clear()
    const form = new FormData(event.currentTarget)
    const permissions = form.getAll('permission').map(String)
    const nothing = access === 'permissions' && permissions.length === 0
    setNone(nothing)
    if (!check(event.currentTarget) || nothing) return
    const days = Number(form.get('days'))
    const done = await create.run({
      input: {
        name: String(form.get('name')).trim(),
        ...(access === 'role' ? { role: form.get('role') as Role } : { permissions }),
        serviceAccountId: account?.id ?? null,
        expiresAt: days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null,
        allowedNetworks: String(form.get('networks'))
          .split(/[\s,]+/)
          .filter(Boolean),
      },
    })
    if (done) setSecret(done.createApiKey.secret)
  }
  if (secret) {
    return (
      <SecretDialog
        title="Your new key"
        secret={secret}
        copy="Copy the key"
        done="I have saved it"
        testId="secret"
        onClose={onClose}
      >
        This is the only time the key is shown. Store it where your program can read it.
      </SecretDialog>
    )
  }
  const errorAt = (name: string) => errors[name] ?? (refused.at[name] && <Ticked text={refused.at[name]} />)
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={account ? `New API key for ${account.name}` : 'New API key'}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button variant="primary" type="submit" form="new-key" busy={create.busy}>
            Create the key
          </Button>
        </>
      }
    >
      <form {...checked} id="new-key" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <Field label="Name" error={errorAt('name')} hint="The program that uses it, such as “ci” or “nightly-sync”.">
          {(ids) => <Input {...ids} name="name" required autoComplete="off" />}
        </Field>
        <Field
          label="Access"
          hint={
            access === 'grants' &&
            'It can do nothing yet. On its page, grant it a role on a pipeline, on a folder or in an environment.'
          }
        >
          {(ids) => (
            <Select
              {...ids}
              name="access"
              value={access}
              onChange={(event) => setAccess(accesses.find((each) => each === event.target.value) ?? 'role')}
            >
              {byRole && <option value="role">The permissions of a role</option>}
              <option value="permissions">Chosen permissions</option>
              <option value="grants">Only what is granted to it</option>
            </Select>
          )}
        </Field>
        {access === 'role' && (
          <Field label="Role">{(ids) => <RoleSelect {...ids} viewer={viewer} most={most} />}</Field>
        )}
        {access === 'permissions' && <PermissionChoice own={own} missing={none} forProgram />}
        <Field label="Expires after" error={errorAt('expiresAt')} hint="You can rotate the key before it expires.">
          {(ids) => (
            <Select {...ids} name="days" defaultValue={90}>
              {lifetimes.map(([days, label]) => (
                <option key={days} value={days}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="Allowed networks"
          error={errorAt('allowedNetworks')}
          hint="Optional. Addresses or networks such as 10.0.0.0/8, one per line. Other addresses are refused."
        >
          {(ids) => <TextArea {...ids} name="networks" rows={2} className="font-mono" spellCheck={false} />}
        </Field>
        {refused.rest && <ErrorPanel title="No key was created" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}
