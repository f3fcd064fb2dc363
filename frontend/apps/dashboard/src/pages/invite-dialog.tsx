// Creates an invitation for a role and, optionally, one email address, and shows its link once.

import { type FormEvent, useState } from 'react'
import { type Role, type ViewerFieldsFragment } from '@flowmason/graphql'
import { CreateInvitationDocument } from '@flowmason/graphql/people'
import { Button, Copy, Dialog, ErrorPanel, Field, Input, Select, Ticked } from '@flowmason/ui'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { roleChoices } from '../lib/role-words.ts'
import { useChange } from '../lib/use-change.ts'

const labels = { role: 'The role', email: 'The email address' }

export function InviteDialog({ viewer, onClose }: { viewer: ViewerFieldsFragment; onClose: () => void }) {
  const create = useChange(CreateInvitationDocument, { inPlace: true })
  const [path, setPath] = useState<string>()
  const { errors, check, form: checked } = useFormCheck()
  const refused = fieldProblem(create.problem, labels)
  const invite = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    create.clear()
    if (!check(event.currentTarget)) return
    const form = new FormData(event.currentTarget)
    const email = String(form.get('email')).trim()
    const done = await create.run({ input: { role: form.get('role') as Role, email: email || null } })
    if (done) setPath(done.createInvitation.path)
  }
  if (path) return <LinkDialog path={path} onClose={onClose} />
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Invite to ${viewer.organization.name}`}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button variant="primary" type="submit" form="invite" busy={create.busy}>
            Create the link
          </Button>
        </>
      }
    >
      <form {...checked} id="invite" onSubmit={(event) => void invite(event)} className="flex flex-col gap-4">
        <Field label="Role" error={refused.at['role'] && <Ticked text={refused.at['role']} />}>
          {(ids) => (
            <Select {...ids} name="role" defaultValue="DEVELOPER">
              {roleChoices
                .filter(([role]) => viewer.grantableRoles.includes(role))
                .map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
            </Select>
          )}
        </Field>
        <Field
          label="Email"
          error={errors['email'] ?? (refused.at['email'] && <Ticked text={refused.at['email']} />)}
          hint="Optional. If set, only the account with this address can use the link."
        >
          {(ids) => <Input {...ids} name="email" type="email" autoComplete="off" />}
        </Field>
        {refused.rest && <ErrorPanel title="No invitation was created" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}

/** The new link of an invitation. The server keeps only its hash, so it cannot be shown again. */
export function LinkDialog({ path, renewed, onClose }: { path: string; renewed?: boolean; onClose: () => void }) {
  const link = location.origin + path
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={renewed ? 'The new invitation link' : 'The invitation link'}
      footer={<Button onClick={onClose}>I have copied it</Button>}
    >
      <p className="mb-3">
        This is the only time the link is shown. Send it to the person you invite. It works once and expires in seven
        days.{renewed && ' The old link no longer works.'}
      </p>
      <div className="flex items-center gap-2 rounded-control border border-line2 bg-sunk py-1.5 pr-1.5 pl-3">
        <code className="min-w-0 flex-1 break-all" data-testid="invitation-link">
          {link}
        </code>
        <Copy text={link} label="Copy the link" />
      </div>
    </Dialog>
  )
}
