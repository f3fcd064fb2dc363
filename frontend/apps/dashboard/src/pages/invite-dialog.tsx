// Creates an invitation for a role and, optionally, one email address, and shows its link once.

import { type FormEvent, useState } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { CreateInvitationDocument, type MailLanguage, SsoForEveryoneDocument } from '@flowmason/graphql/people'
import { Button, Dialog, ErrorPanel, Field, Input, Select, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { roleInput } from '../lib/role-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { AnyRoleSelect } from './role-select.tsx'
import { SecretDialog } from './secret-dialog.tsx'

const labels = { role: 'The role', email: 'The email address' }

const BY_MAIL = 'Optional. The invitation is sent to this address, and only its account can accept.'
const BY_HAND = 'Optional. If set, only the account with this address can use the link. This server sends no email.'

/** The language of mails: the first of the browser's languages that there are mails in. */
export const mailLanguage = (): MailLanguage =>
  navigator.languages
    .find((tag) => /^(de|en)\b/i.test(tag))
    ?.toLowerCase()
    .startsWith('de')
    ? 'GERMAN'
    : 'ENGLISH'

const languages: readonly [MailLanguage, string][] = [
  ['ENGLISH', 'English'],
  ['GERMAN', 'Deutsch'],
]

interface Props {
  viewer: ViewerFieldsFragment
  /** The address to begin with. */
  email?: string | undefined
  onClose: () => void
}

export function InviteDialog({ viewer, email, onClose }: Props) {
  const create = useChange(CreateInvitationDocument, { inPlace: true })
  const [path, setPath] = useState<string>()
  const [role, setRole] = useState<string>(() =>
    viewer.grantableRoles.includes('DEVELOPER') ? 'DEVELOPER' : (viewer.grantableRoles[0] ?? ''),
  )
  const mayNameGuests = viewer.permissions.includes('sso.manage')
  const forEveryone = useAnswer(SsoForEveryoneDocument, {}, { pause: !mayNameGuests }).data?.ssoForEveryone.since
  const { errors, check, form: checked } = useFormCheck()
  const refused = fieldProblem(create.problem, labels)
  const invite = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    create.clear()
    if (!check(event.currentTarget)) return
    const form = new FormData(event.currentTarget)
    const address = String(form.get('email')).trim()
    const input = {
      ...roleInput(role),
      guest: form.get('guest') === 'on',
      email: address || null,
      language: languages.find(([value]) => value === form.get('language'))?.[0] ?? mailLanguage(),
    }
    const done = await create.run({ input })
    if (!done) return
    const made = done.createInvitation.path
    if (made) {
      setPath(made)
      return
    }
    toast(`The invitation is on its way to ${address}.`)
    onClose()
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
            {viewer.sendsMail ? 'Invite' : 'Create the link'}
          </Button>
        </>
      }
    >
      <form {...checked} id="invite" onSubmit={(event) => void invite(event)} className="flex flex-col gap-4">
        <Field label="Role" error={refused.at['role'] && <Ticked text={refused.at['role']} />}>
          {(ids) => (
            <AnyRoleSelect
              {...ids}
              viewer={viewer}
              owner
              name="role"
              value={role}
              onChange={(event) => setRole(event.target.value)}
            />
          )}
        </Field>
        <Field
          label="Email"
          error={errors['email'] ?? (refused.at['email'] && <Ticked text={refused.at['email']} />)}
          hint={viewer.sendsMail ? BY_MAIL : BY_HAND}
        >
          {(ids) => <Input {...ids} name="email" type="email" autoComplete="off" defaultValue={email} />}
        </Field>
        {!viewer.invitesStrangers && (
          <p className="text-muted">
            Only people who have an account on this server can accept: its administrator has closed it for new accounts.
          </p>
        )}
        {viewer.sendsMail && (
          <Field label="Language of the mail">
            {(ids) => (
              <Select {...ids} name="language" defaultValue={mailLanguage()}>
                {languages.map(([value, name]) => (
                  <option key={value} value={value}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {forEveryone && (
          <label className="flex items-center gap-2">
            <input type="checkbox" name="guest" className="size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5" />
            As a guest, who need not use single sign-on
          </label>
        )}
        {refused.rest && <ErrorPanel title="No invitation was created" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}

/** The new link of an invitation. */
export const LinkDialog = ({ path, renewed, onClose }: { path: string; renewed?: boolean; onClose: () => void }) => (
  <SecretDialog
    title={renewed ? 'The new invitation link' : 'The invitation link'}
    secret={location.origin + path}
    copy="Copy the link"
    done="I have copied it"
    testId="invitation-link"
    onClose={onClose}
  >
    This is the only time the link is shown. Send it to the person you invite. It works once and expires in seven days.
    {renewed && ' The old link no longer works.'}
  </SecretDialog>
)
