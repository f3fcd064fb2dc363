// Moves a pipeline to a folder, to a new one, or out of its folder.

import { useState } from 'react'
import { CreateFolderDocument, FoldersDocument, MovePipelineDocument } from '@flowmason/graphql/publishing'
import { Field, Input, Select, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { FormDialog, textOf } from '../access/form-dialog.tsx'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'

/** The value of the choice of a new folder. */
const NEW = 'new'
const LONGEST = 100

interface Props {
  pipeline: { id: string; name: string; folder?: { id: string } | null }
  onClose: () => void
}

export function MoveDialog({ pipeline, onClose }: Props) {
  const create = useChange(CreateFolderDocument, { inPlace: true })
  const move = useChange(MovePipelineDocument, { inPlace: true })
  const { data } = useAnswer(FoldersDocument, {})
  const [folder, setFolder] = useState(pipeline.folder?.id ?? '')
  const { errors, check, form } = useFormCheck({ name: 'Enter a name for the folder.' })
  const refused = fieldProblem(create.problem ?? move.problem, { name: 'The name', folderId: 'The folder' })
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    let target: string | null = folder || null
    if (folder === NEW) {
      const made = await create.run({ input: { name: textOf(element, 'name') } })
      if (!made) return
      target = made.createFolder.folder.id
      // If the move is refused, the folder is there already.
      setFolder(target)
    }
    const done = await move.run({ input: { pipelineId: pipeline.id, folderId: target } })
    if (!done) return
    const { name, folder: now } = done.movePipeline.pipeline
    toast(now ? `${name} is in the folder ${now.name} now.` : `${name} is in no folder now.`)
    onClose()
  }
  return (
    <FormDialog
      title="Move to a folder"
      action="Move"
      busy={create.busy || move.busy}
      failed="The pipeline was not moved"
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field
        label="Folder"
        hint="What is granted on the folder counts for the pipeline afterwards."
        error={refused.at['folderId'] && <Ticked text={refused.at['folderId']} />}
      >
        {(ids) => (
          <Select {...ids} value={folder} onChange={(event) => setFolder(event.target.value)}>
            <option value="">No folder</option>
            {data?.folders.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
            <option value={NEW}>New folder …</option>
          </Select>
        )}
      </Field>
      {folder === NEW && (
        <Field
          label="Name of the folder"
          error={errors['name'] ?? (refused.at['name'] && <Ticked text={refused.at['name']} />)}
        >
          {(ids) => <Input {...ids} name="name" required maxLength={LONGEST} autoComplete="off" />}
        </Field>
      )}
    </FormDialog>
  )
}
