// Creates another organization, which the user then owns, and opens it.

import { chooseOrg } from '@flowmason/graphql'
import { CreateOrganizationDocument } from '@flowmason/graphql/people'
import { Field, Input, Ticked } from '@flowmason/ui'
import { FormDialog, textOf } from '../access/form-dialog.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'

export function NewOrganization({ onClose }: { onClose: () => void }) {
  const create = useChange(CreateOrganizationDocument, { inPlace: true })
  const { errors, check, form } = useFormCheck({ name: 'Enter a name.' })
  const refused = fieldProblem(create.problem, { name: 'The name' })
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const done = await create.run({ input: { name: textOf(element, 'name') } })
    if (!done) return
    chooseOrg(done.createOrganization.organization.id)
    location.assign('/')
  }
  return (
    <FormDialog
      title="New organization"
      action="Create the organization"
      busy={create.busy}
      failed="No organization was created"
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <p>
        You become its owner. It has members, pipelines and keys of its own, and nothing of the organization that is
        open now.
      </p>
      <Field label="Name" error={errors['name'] ?? (refused.at['name'] && <Ticked text={refused.at['name']} />)}>
        {(ids) => <Input {...ids} name="name" required maxLength={100} autoComplete="organization" />}
      </Field>
    </FormDialog>
  )
}
