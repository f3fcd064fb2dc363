// Changes the name, the redirect URIs, the device flow and the scopes of an application.

import { type FormEvent, useState } from 'react'
import type { ViewerFieldsFragment } from '@flowmason/graphql'
import { type ApplicationFieldsFragment, UpdateApplicationDocument } from '@flowmason/graphql/people'
import { Button, Dialog, ErrorPanel, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { PermissionChoice } from '../access/permission-choice.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useChange } from '../lib/use-change.ts'
import { ApplicationFields, labels, readApplication } from './application-fields.tsx'

interface Props {
  application: ApplicationFieldsFragment
  viewer: ViewerFieldsFragment
  onClose: () => void
}

export function ChangeApplication({ application, viewer, onClose }: Props) {
  const update = useChange(UpdateApplicationDocument, { inPlace: true })
  const [none, setNone] = useState(false)
  const { errors, check, form: checked } = useFormCheck({ name: 'Enter the name that people will see.' })
  const refused = fieldProblem(update.problem, labels)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    update.clear()
    const read = readApplication(new FormData(event.currentTarget))
    setNone(read.scopes.length === 0)
    if (!check(event.currentTarget) || read.scopes.length === 0) return
    if (!(await update.run({ input: { clientId: application.clientId, ...read } }))) return
    toast(`${read.name} is changed.`)
    onClose()
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Change ${application.name}`}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="primary" type="submit" form="change-application" busy={update.busy}>
            Save
          </Button>
        </>
      }
    >
      <form {...checked} id="change-application" onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        <ApplicationFields application={application} errorAt={(name) => errors[name] ?? ticked(refused.at[name])} />
        <PermissionChoice own={viewer.permissions} chosen={application.scopes} missing={none} forProgram />
        <p className="text-xs text-muted">
          What people have allowed stays valid. A permission that you remove here is taken from all of them at once, and
          the application has to ask them again if it gets it back.
        </p>
        {refused.rest && <ErrorPanel title="The application was not changed" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}

/** A refusal with its backticks as code. */
const ticked = (text: string | undefined) => text && <Ticked text={text} />
