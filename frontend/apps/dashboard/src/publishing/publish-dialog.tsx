// Publishes a version to an environment, or requests it if the organization wants a second person.

import { useState } from 'react'
import { Users } from 'lucide-react'
import type { Environment } from '@flowmason/graphql'
import { PublicationSettingsDocument, PublishPipelineDocument } from '@flowmason/graphql/publishing'
import { Field, Note, Select, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { FormDialog, textOf } from '../access/form-dialog.tsx'
import { environmentNames, publishedWords } from '../lib/environment-words.ts'
import { fieldProblem } from '../lib/field-problem.ts'
import { useFormCheck } from '../lib/form-check.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { RunPlanChangesPanel } from './run-plan-panel.tsx'

interface Props {
  pipeline: { id: string; name: string }
  environment: Environment
  /** The numbers of the versions, newest first. */
  versions: readonly number[]
  /** The version that is published there. */
  current: number | undefined
  onClose: () => void
}

export function PublishDialog({ pipeline, environment, versions, current, onClose }: Props) {
  const publish = useChange(PublishPipelineDocument, { inPlace: true })
  const settings = useAnswer(PublicationSettingsDocument, {}).data?.publicationSettings
  const { check, form } = useFormCheck({})
  const refused = fieldProblem(publish.problem, { versionNumber: 'The version' })
  const [chosen, setChosen] = useState(versions.find((number) => number !== current))
  const asks = environment === 'PRODUCTION' && settings?.secondPerson === true
  const where = environmentNames[environment].toLowerCase()
  const save = async (element: HTMLFormElement) => {
    if (!check(element)) return
    const versionNumber = Number(textOf(element, 'version'))
    const done = await publish.run({ input: { pipelineId: pipeline.id, environment, versionNumber } })
    if (!done) return
    toast(publishedWords(done.publishPipeline.publication))
    onClose()
  }
  return (
    <FormDialog
      title={`Publish ${pipeline.name} to ${where}`}
      action={asks ? 'Request it' : 'Publish'}
      busy={publish.busy}
      failed="Nothing was published"
      problem={refused.rest}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={form}
    >
      <Field
        label="Version"
        hint={`New runs in ${where} execute it. Runs in progress continue with theirs.`}
        error={refused.at['versionNumber'] && <Ticked text={refused.at['versionNumber']} />}
      >
        {(ids) => (
          <Select
            {...ids}
            name="version"
            value={chosen ?? ''}
            onChange={(event) => setChosen(Number(event.target.value))}
          >
            {versions.map((number) => (
              <option key={number} value={number} disabled={number === current}>
                Version {number}
                {number === versions[0] ? ', the latest' : ''}
                {number === current ? ', published already' : ''}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {chosen !== undefined && (
        <RunPlanChangesPanel key={chosen} pipelineId={pipeline.id} version={chosen} environment={environment} />
      )}
      {asks && (
        <Note icon={<Users size={14} aria-hidden="true" />}>
          Another person has to approve it within seven days before it runs.
        </Note>
      )}
    </FormDialog>
  )
}
