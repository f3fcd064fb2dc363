// Makes a pipeline a tool of the MCP server, in an environment, or withdraws it.

import { useState } from 'react'
import type { Environment } from '@flowmason/graphql'
import { ExposePipelineAsToolDocument, PipelineToolDocument } from '@flowmason/graphql/publishing'
import { ErrorPanel, Field, Select } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { FormDialog } from '../access/form-dialog.tsx'
import { environmentNames } from '../lib/environment-words.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'

interface Props {
  pipeline: { id: string; name: string }
  onClose: () => void
}

export function ToolDialog({ pipeline, onClose }: Props) {
  const { data, problem } = useAnswer(PipelineToolDocument, { id: pipeline.id })
  const expose = useChange(ExposePipelineAsToolDocument, { inPlace: true })
  const [chosen, setChosen] = useState<Environment | ''>()
  const { form } = useFormCheck({})
  const environment = chosen ?? data?.pipeline.toolEnvironment ?? ''
  const save = async () => {
    if (!data) return
    const done = await expose.run({ input: { pipelineId: pipeline.id, environment: environment || null } })
    if (!done) return
    const { name, toolEnvironment: now } = done.exposePipelineAsTool.pipeline
    toast(now ? `${name} is a tool in ${environmentNames[now].toLowerCase()} now.` : `${name} is no tool now.`)
    onClose()
  }
  return (
    <FormDialog
      title="Use as a tool"
      action="Save"
      busy={expose.busy}
      failed="The pipeline was not changed"
      problem={expose.problem}
      onSubmit={() => void save()}
      onClose={onClose}
      form={form}
    >
      {problem && <ErrorPanel title="The setting could not be loaded" problem={problem} />}
      <Field
        label="Runs as a tool in"
        hint={`Programs with a model connect to ${location.origin}/mcp with an API key. Whoever may start the pipeline there sees its name, its description and its input schema, and can call it.`}
      >
        {(ids) => (
          <Select
            {...ids}
            value={environment}
            disabled={!data}
            onChange={(event) => setChosen(event.target.value as Environment | '')}
          >
            <option value="">Not a tool</option>
            {(Object.keys(environmentNames) as Environment[]).map((each) => (
              <option key={each} value={each}>
                {environmentNames[each]}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  )
}
