// Forms for the user's name and password, and the form of the first visit.

import { type FormEvent, useState } from 'react'
import { CircleCheck } from 'lucide-react'
import { SetPasswordDocument, UpdateProfileDocument, type ViewerFieldsFragment } from '@flowmason/graphql'
import { VerifyEmailDocument } from '@flowmason/graphql/account'
import { Button, ErrorPanel, Field, Initials, Input, Note, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'
import { personName } from '../lib/words.ts'
import { mailLanguage } from './invite-dialog.tsx'

/** The labels of the fields in errors, by the names that the server uses. */
const labels = {
  name: 'The name',
  email: 'The email address',
  organizationName: 'The name',
  newPassword: 'The password',
  currentPassword: 'That',
}

const said = (text: string | undefined) => text && <Ticked text={text} />

const value = (form: FormData, name: string) => String(form.get(name) ?? '').trim()

export function ProfileForm({ viewer }: { viewer: ViewerFieldsFragment }) {
  const change = useChange(UpdateProfileDocument, { inPlace: true })
  const { check, form: checked } = useFormCheck()
  const { at, rest } = fieldProblem(change.problem, { name: labels.name })
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const form = new FormData(event.currentTarget)
    const done = await change.run({ input: { name: value(form, 'name') } })
    if (done) toast('Saved.')
  }
  return (
    <form {...checked} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      <Initials name={personName(viewer.user)} className="size-10 text-sm" />
      <Field label="Name" error={said(at['name'])}>
        {(ids) => <Input {...ids} name="name" autoComplete="name" defaultValue={viewer.user?.name ?? ''} />}
      </Field>
      {rest && <ErrorPanel title="Your changes were not saved" problem={rest} />}
      <div>
        <Button type="submit" busy={change.busy}>
          Save
        </Button>
      </div>
    </form>
  )
}

export function PasswordForm({ viewer }: { viewer: ViewerFieldsFragment }) {
  const change = useChange(SetPasswordDocument, { inPlace: true })
  const [has, setHas] = useState(viewer.hasPassword)
  const {
    errors,
    check,
    form: checked,
  } = useFormCheck({
    current: 'Enter your current password.',
    new: 'Enter a new password.',
  })
  const { newPassword, currentPassword } = labels
  const fields: Record<string, string> = has ? { newPassword, currentPassword } : { newPassword }
  const { at, rest } = fieldProblem(change.problem, fields)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const element = event.currentTarget
    if (!check(element)) return
    const form = new FormData(element)
    const done = await change.run({
      input: { currentPassword: has ? String(form.get('current')) : null, newPassword: String(form.get('new')) },
    })
    if (!done) return
    setHas(true)
    element.reset()
    toast('Password saved.')
  }
  return (
    <form {...checked} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      {has && (
        <Field label="Current password" error={errors['current'] ?? said(at['currentPassword'])}>
          {(ids) => <Input {...ids} name="current" type="password" required autoComplete="current-password" />}
        </Field>
      )}
      <Field label="New password" error={errors['new'] ?? said(at['newPassword'])} hint="At least 8 characters.">
        {(ids) => (
          <Input
            {...ids}
            name="new"
            type="password"
            required
            minLength={8}
            maxLength={1024}
            autoComplete="new-password"
          />
        )}
      </Field>
      {rest && <ErrorPanel title="The password was not saved" problem={rest} />}
      <div>
        <Button type="submit" busy={change.busy}>
          {has ? 'Change the password' : 'Set a password'}
        </Button>
      </div>
    </form>
  )
}

/**
 * The optional form on the first visit, with all fields in one. The password is saved first, because it is what may be
 * refused; if something else is then refused, the form says that the password is saved.
 */
export function FirstProfile({ viewer }: { viewer: ViewerFieldsFragment }) {
  const profile = useChange(UpdateProfileDocument, { inPlace: true })
  const password = useChange(SetPasswordDocument, { inPlace: true })
  const [passwordSaved, setPasswordSaved] = useState(false)
  const verify = useChange(VerifyEmailDocument, { inPlace: true })
  const { errors, check, form: checked } = useFormCheck()
  const asksPassword = !viewer.hasPassword && !passwordSaved
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const form = new FormData(event.currentTarget)
    profile.clear()
    if (form.get('new')) {
      if (!(await password.run({ input: { newPassword: String(form.get('new')) } }))) return
      setPasswordSaved(true)
    }
    const done = await profile.run({
      input: {
        name: value(form, 'name') || null,
        email: value(form, 'email') || null,
        organizationName: value(form, 'organization') || null,
      },
    })
    if (!done) return
    // After the password: a link counts only while the password is the one from before it was sent.
    if (viewer.sendsMail && !viewer.user?.email && done.updateProfile.viewer.user?.email) {
      await verify.run({ input: { language: mailLanguage() } })
    }
    if (!done.updateProfile.viewer.hasPassword || !done.updateProfile.viewer.user?.email) toast('Saved.')
    else toast('Saved. Next time you can sign in with your email address and password.')
  }
  const { at, rest } = fieldProblem(password.problem ?? profile.problem, labels)
  return (
    <section aria-labelledby="you" className="flex flex-col gap-3">
      <div>
        <h2 id="you" className="title">
          Your profile
        </h2>
        <p className="text-muted">Optional. Without a password, you sign in with a new link from the terminal.</p>
      </div>
      <form
        {...checked}
        onSubmit={(event) => void save(event)}
        className="grid gap-4 rounded-float border border-line bg-panel p-4 sm:grid-cols-2"
      >
        <Field label="Name" error={said(at['name'])}>
          {(ids) => <Input {...ids} name="name" autoComplete="name" defaultValue={viewer.user?.name ?? ''} />}
        </Field>
        <Field label="Organization" error={said(at['organizationName'])}>
          {(ids) => (
            <Input {...ids} name="organization" autoComplete="organization" defaultValue={viewer.organization.name} />
          )}
        </Field>
        <Field label="Email" error={errors['email'] ?? said(at['email'])}>
          {(ids) => (
            <Input {...ids} name="email" type="email" autoComplete="email" defaultValue={viewer.user?.email ?? ''} />
          )}
        </Field>
        {asksPassword && (
          <Field label="Password" error={errors['new'] ?? said(at['newPassword'])}>
            {(ids) => (
              <Input {...ids} name="new" type="password" minLength={8} maxLength={1024} autoComplete="new-password" />
            )}
          </Field>
        )}
        {passwordSaved && profile.problem && (
          <Note icon={<CircleCheck size={15} aria-hidden="true" />} tone="ok" className="sm:col-span-2">
            Your password is saved. Everything else here is not.
          </Note>
        )}
        {rest && (
          <ErrorPanel
            title={
              passwordSaved
                ? 'Your name, address and organization were not saved'
                : password.problem
                  ? 'Nothing was saved'
                  : 'Your changes were not saved'
            }
            problem={rest}
            className="sm:col-span-2"
          />
        )}
        <div className="sm:col-span-2">
          <Button type="submit" busy={profile.busy || password.busy || verify.busy}>
            Save
          </Button>
        </div>
      </form>
    </section>
  )
}
