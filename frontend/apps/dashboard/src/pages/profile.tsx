// Forms for the user's name and password, and the form of the first visit.

import { type FormEvent, useState } from 'react'
import { SetPasswordDocument, UpdateProfileDocument, type ViewerFieldsFragment } from '@flowmason/graphql'
import { VerifyEmailDocument } from '@flowmason/graphql/account'
import { Button, ErrorPanel, Field, Input } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'
import { mailLanguage } from './invite-dialog.tsx'

const value = (form: FormData, name: string) => String(form.get(name) ?? '').trim()

export function ProfileForm({ viewer }: { viewer: ViewerFieldsFragment }) {
  const change = useChange(UpdateProfileDocument, { inPlace: true })
  const { check, form: checked } = useFormCheck()
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const form = new FormData(event.currentTarget)
    const done = await change.run({ input: { name: value(form, 'name') } })
    if (done) toast('Saved.')
  }
  return (
    <form {...checked} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      <Field label="Name">
        {(ids) => <Input {...ids} name="name" autoComplete="name" defaultValue={viewer.user?.name ?? ''} />}
      </Field>
      {change.problem && <ErrorPanel title="Your changes were not saved" problem={change.problem} />}
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
        <Field label="Current password" error={errors['current']}>
          {(ids) => <Input {...ids} name="current" type="password" required autoComplete="current-password" />}
        </Field>
      )}
      <Field label="New password" error={errors['new']} hint="At least 8 characters.">
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
      {change.problem && <ErrorPanel title="The password was not saved" problem={change.problem} />}
      <div>
        <Button type="submit" busy={change.busy}>
          {has ? 'Change the password' : 'Set a password'}
        </Button>
      </div>
    </form>
  )
}

/** The optional form on the first visit, with all fields in one. */
export function FirstProfile({ viewer }: { viewer: ViewerFieldsFragment }) {
  const profile = useChange(UpdateProfileDocument, { inPlace: true })
  const password = useChange(SetPasswordDocument, { inPlace: true })
  const verify = useChange(VerifyEmailDocument, { inPlace: true })
  const { errors, check, form: checked } = useFormCheck()
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!check(event.currentTarget)) return
    const form = new FormData(event.currentTarget)
    const done = await profile.run({
      input: {
        name: value(form, 'name') || null,
        email: value(form, 'email') || null,
        organizationName: value(form, 'organization') || null,
      },
    })
    if (!done) return
    if (form.get('new') && !(await password.run({ input: { newPassword: String(form.get('new')) } }))) return
    // After the password: a link counts only while the password is the one from before it was sent.
    if (viewer.sendsMail && !viewer.user?.email && done.updateProfile.viewer.user?.email) {
      await verify.run({ input: { language: mailLanguage() } })
    }
    toast('Saved. Next time you can sign in with your email address and password.')
  }
  const problem = profile.problem ?? password.problem
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
        <Field label="Name">
          {(ids) => <Input {...ids} name="name" autoComplete="name" defaultValue={viewer.user?.name ?? ''} />}
        </Field>
        <Field label="Organization">
          {(ids) => (
            <Input {...ids} name="organization" autoComplete="organization" defaultValue={viewer.organization.name} />
          )}
        </Field>
        <Field label="Email" error={errors['email']}>
          {(ids) => (
            <Input {...ids} name="email" type="email" autoComplete="email" defaultValue={viewer.user?.email ?? ''} />
          )}
        </Field>
        {!viewer.hasPassword && (
          <Field label="Password" error={errors['new']}>
            {(ids) => (
              <Input {...ids} name="new" type="password" minLength={8} maxLength={1024} autoComplete="new-password" />
            )}
          </Field>
        )}
        {problem && <ErrorPanel title="Your changes were not saved" problem={problem} className="sm:col-span-2" />}
        <div className="sm:col-span-2">
          <Button type="submit" busy={profile.busy || password.busy || verify.busy}>
            Save
          </Button>
        </div>
      </form>
    </section>
  )
}
