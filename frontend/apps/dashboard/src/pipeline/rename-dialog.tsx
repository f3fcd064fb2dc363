// Sets a name for a pipeline, or restores the name in its file.

import { type FormEvent, useState } from 'react'
import { type PipelineNameSource, RenamePipelineDocument } from '@flowmason/graphql'
import { Button, Dialog, ErrorPanel, Field, Input, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { fieldProblem } from '../lib/field-problem.ts'
import { useChange } from '../lib/use-change.ts'

const LONGEST = 200

export function RenameDialog({
  pipeline,
  onClose,
}: {
  pipeline: { id: string; name: string; nameSource: PipelineNameSource }
  onClose: () => void
}) {
  const rename = useChange(RenamePipelineDocument, { inPlace: true })
  const refused = fieldProblem(rename.problem, { name: 'The name' })
  const [name, setName] = useState(pipeline.name)
  const given = pipeline.nameSource === 'GIVEN'
  const save = async (next: string | null) => {
    const done = await rename.run({ input: { pipelineId: pipeline.id, name: next } })
    if (!done) return
    toast(`The pipeline is now called ${done.renamePipeline.pipeline.name}.`)
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void save(name.trim())
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Rename the pipeline"
      description={
        given
          ? 'This name was set here; the name in the file does not change it.'
          : 'The name comes from the file. A name set here overrides the name in later files.'
      }
      footer={
        <>
          {given && (
            <Button variant="quiet" className="mr-auto" disabled={rename.busy} onClick={() => void save(null)}>
              Use the name in the file
            </Button>
          )}
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          <Button
            variant="primary"
            type="submit"
            form="rename-form"
            busy={rename.busy}
            disabled={name.trim() === '' || name.trim() === pipeline.name}
          >
            Rename
          </Button>
        </>
      }
    >
      <form id="rename-form" onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name" error={refused.at['name'] && <Ticked text={refused.at['name']} />}>
          {(ids) => (
            <Input
              {...ids}
              value={name}
              maxLength={LONGEST}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
              onFocus={(event) => event.target.select()}
            />
          )}
        </Field>
        {refused.rest && <ErrorPanel title="The pipeline was not renamed" problem={refused.rest} />}
      </form>
    </Dialog>
  )
}
