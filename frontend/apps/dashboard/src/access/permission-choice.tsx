// The choice of permissions: the user's own, since nobody can give others, each with what it allows.

import { useState } from 'react'
import { PermissionsDocument } from '@flowmason/graphql/people'
import { Ticked } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'

interface Props {
  own: readonly string[]
  chosen?: readonly string[]
  /** At least one is needed, and none was chosen. */
  missing?: boolean
  /** A program will have them, which cannot use those that are for people only. */
  forProgram?: boolean
  /** These are had anyway: they are shown as chosen, and cannot be taken away. */
  anyway?: readonly string[]
}

export function PermissionChoice({ own, chosen = [], missing = false, forProgram = false, anyway = [] }: Props) {
  const { data } = useAnswer(PermissionsDocument, {})
  const [some, setSome] = useState(false)
  const hidden = new Set(data?.permissions.filter((one) => forProgram && one.isForPeopleOnly).map(({ name }) => name))
  const lacking = missing && !some
  const described = new Map(data?.permissions.map(({ name, description }) => [name, description]))
  // Which ones these are is known a moment after the dialog has opened.
  const shown = own.filter((permission) => !forProgram || (data && !hidden.has(permission)))
  return (
    <fieldset aria-describedby={lacking ? 'no-permission' : undefined}>
      <legend className="mb-1.5 font-medium">Permissions</legend>
      <div
        className="flex max-h-72 flex-col gap-1 overflow-y-auto rounded-control border border-line2 px-3 py-2"
        onChange={(event) => setSome(event.currentTarget.querySelector(':checked') !== null)}
      >
        {shown.map((permission) => (
          <label key={permission} aria-label={permission} className="flex items-start gap-2 py-0.5 max-sm:py-2">
            <input
              type="checkbox"
              name="permission"
              value={permission}
              defaultChecked={chosen.includes(permission) || anyway.includes(permission)}
              disabled={anyway.includes(permission)}
              className="mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
            />
            <span>
              <code className="text-xs">{permission}</code>
              <span className="block text-xs text-muted">
                <Ticked text={described.get(permission) ?? ''} />
                {anyway.includes(permission) && ' Every member has it.'}
              </span>
            </span>
          </label>
        ))}
      </div>
      {lacking && (
        <p id="no-permission" role="alert" className="mt-1.5 text-xs text-fail">
          Choose at least one permission.
        </p>
      )}
    </fieldset>
  )
}
