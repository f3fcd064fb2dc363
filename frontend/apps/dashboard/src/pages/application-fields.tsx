// The fields of an application that can be changed later, for registering and for changing it.

import type { ReactNode } from 'react'
import type { ApplicationFieldsFragment } from '@flowmason/graphql/people'
import { Field, Input, TextArea } from '@flowmason/ui'

export const labels = {
  name: 'The name',
  redirectUris: 'The redirect URIs',
  scopes: 'The permissions',
  serviceAccountId: 'The service account',
}

interface Props {
  /** What is known; without it, the application is new. */
  application?: ApplicationFieldsFragment
  errorAt: (name: string) => ReactNode
  /** Fields below the name. */
  children?: ReactNode
}

export function ApplicationFields({ application, errorAt, children }: Props) {
  return (
    <>
      <Field label="Name" error={errorAt('name')} hint="People see it when the application asks for access.">
        {(ids) => <Input {...ids} name="name" required autoComplete="off" defaultValue={application?.name} />}
      </Field>
      {children}
      <Field
        label="Redirect URIs"
        error={errorAt('redirectUris')}
        hint="Where people are sent back to, one per line, such as https://app.example.com/callback. For a program on the user’s machine: http://127.0.0.1/callback, with any port."
      >
        {(ids) => (
          <TextArea
            {...ids}
            name="uris"
            rows={2}
            className="font-mono"
            spellCheck={false}
            defaultValue={application?.redirectUris.join('\n')}
          />
        )}
      </Field>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          name="device"
          defaultChecked={application?.deviceFlow}
          className="size-3.5 accent-[var(--text)] max-sm:size-5"
        />
        It may use the device flow (for terminals and devices without a browser)
      </label>
    </>
  )
}

/** What the fields say, with the chosen permissions. */
export const readApplication = (form: FormData) => ({
  name: String(form.get('name')).trim(),
  redirectUris: String(form.get('uris')).split(/\s+/).filter(Boolean),
  scopes: form.getAll('permission').map(String),
  deviceFlow: form.get('device') !== null,
})
