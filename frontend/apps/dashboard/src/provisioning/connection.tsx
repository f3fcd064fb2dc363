// What to enter at the identity provider, how many people it has sent, and the role that they get.

import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { type ProvisioningFieldsFragment, UpdateProvisioningDocument } from '@flowmason/graphql/people'
import { Copy, Field } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { Staged } from '../access/staged.tsx'
import { provisioningGuides } from '../lib/provisioning-words.ts'
import { roleInput, roleName, roleValue } from '../lib/role-words.ts'
import { useChange } from '../lib/use-change.ts'
import { AnyRoleSelect } from '../pages/role-select.tsx'

interface Props {
  settings: ProvisioningFieldsFragment
  viewer: ViewerFieldsFragment
}

export function Connection({ settings, viewer }: Props) {
  const change = useChange(UpdateProvisioningDocument)
  const { activeUsers, inactiveUsers, baseUrl, assignedDefaultRole } = settings
  const choose = async (value: string) => {
    const chosen = roleInput(value)
    const input = 'role' in chosen ? { defaultRole: chosen.role } : { defaultCustomRoleId: chosen.customRoleId }
    const done = await change.run({ input })
    if (!done) return
    const role = roleName(done.updateProvisioning.provisioning.assignedDefaultRole)
    toast(`New people get the role ${role} from now on.`)
  }
  const total = activeUsers + inactiveUsers
  return (
    <>
      <div className="flex flex-col gap-1">
        <p id="base-url" className="font-medium">
          Base URL
        </p>
        <p
          aria-labelledby="base-url"
          className="flex items-center gap-2 rounded-control border border-line2 bg-sunk py-1.5 pr-1.5 pl-3"
        >
          <code className="min-w-0 flex-1 break-all">{baseUrl}</code>
          <Copy text={baseUrl} label="Copy the base URL" />
        </p>
      </div>
      <div className="flex flex-col divide-y divide-line overflow-hidden rounded-float border border-line bg-panel">
        {provisioningGuides.map(({ label, steps }) => (
          <details key={label} className="group px-3 py-2">
            <summary className="cursor-pointer rounded-control font-medium">Set up {label}</summary>
            <ol className="mt-2 mb-1 list-decimal space-y-1 pl-5 text-muted">
              {steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </details>
        ))}
      </div>
      <div className="w-80 max-w-full">
        <Field label="Role of everyone else" hint="Of people whose groups give none. Members keep the role they have.">
          {(ids) => (
            <Staged
              value={roleValue(assignedDefaultRole)}
              busy={change.busy}
              names={{ save: 'Save the default', cancel: 'Cancel' }}
              onSave={choose}
            >
              {(choice) => <AnyRoleSelect {...ids} viewer={viewer} owner={false} short className="w-44" {...choice} />}
            </Staged>
          )}
        </Field>
      </div>
      <p className="text-muted">
        {total === 0
          ? 'The identity provider has sent nobody yet.'
          : `The identity provider has sent ${total === 1 ? '1 person' : `${total} people`}: ${activeUsers} active, ${inactiveUsers} deactivated.`}
      </p>
    </>
  )
}
