// Asks before a trigger is deleted.

import { DeleteTriggerDocument } from '@flowmason/graphql/triggers'
import { toast } from '@flowmason/ui/toast'
import { FormDialog } from '../access/form-dialog.tsx'
import { useChange } from '../lib/use-change.ts'

interface Props {
  trigger: { id: string; name: string }
  onDeleted: () => void
  onClose: () => void
}

export function DeleteDialog({ trigger, onDeleted, onClose }: Props) {
  const remove = useChange(DeleteTriggerDocument, { inPlace: true })
  const save = async () => {
    if (!(await remove.run({ input: { id: trigger.id } }))) return
    toast(`${trigger.name} is deleted.`)
    onDeleted()
  }
  return (
    <FormDialog
      title={`Delete ${trigger.name}`}
      action="Delete the trigger"
      busy={remove.busy}
      failed="The trigger was not deleted"
      problem={remove.problem}
      onSubmit={() => void save()}
      onClose={onClose}
      form={{ noValidate: true, onInput: () => {} }}
    >
      <p>It fires no more, and the list of its firings is deleted with it. Its runs stay.</p>
    </FormDialog>
  )
}
