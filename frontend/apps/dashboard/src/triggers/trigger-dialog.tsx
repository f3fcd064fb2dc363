// Creates a trigger, or changes one. What it does is shown while somebody types.

import { useState } from 'react'
import { UserRound } from 'lucide-react'
import type { Environment } from '@flowmason/graphql'
import { CreateTriggerDocument, UpdateTriggerDocument } from '@flowmason/graphql/triggers'
import { Field, Input, Note, Select, TextArea, useRegion } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { FormDialog } from '../access/form-dialog.tsx'
import { environmentNames } from '../lib/environment-words.ts'
import { fieldProblem } from '../lib/field-problem.ts'
import { useChange } from '../lib/use-change.ts'
import { type Errors, type TriggerForm, definitionOf, formOf, newForm, timingOf } from './definition.ts'
import { InWords } from './in-words.tsx'
import { MappingFields } from './mapping-fields.tsx'
import { PolicyFields } from './policy-fields.tsx'
import { Preview } from './preview.tsx'
import { RhythmFields } from './rhythm-fields.tsx'

interface Props {
  pipelineId: string
  /** Where a new trigger can be created. */
  environments: readonly Environment[]
  /** The trigger that is changed; otherwise a new one is created. */
  trigger?: { id: string; name: string; enabled: boolean; definition: unknown }
  /** With the id of the trigger. */
  onSaved?: (id: string) => void
  onClose: () => void
}

/** The first field with an error, once it is marked. */
const focusError = (form: HTMLFormElement) =>
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())

export function TriggerDialog({ pipelineId, environments, trigger, onSaved, onClose }: Props) {
  const { timeZone } = useRegion()
  const create = useChange(CreateTriggerDocument, { inPlace: true })
  const update = useChange(UpdateTriggerDocument, { inPlace: true })
  const [environment, setEnvironment] = useState<Environment>(environments[0] ?? 'DEVELOPMENT')
  const [errors, setErrors] = useState<Errors>({})
  const [form, setForm] = useState<TriggerForm>(() =>
    trigger ? formOf(trigger.definition) : newForm(timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone),
  )
  const change = (part: Partial<TriggerForm>) => {
    setErrors({})
    setForm((before) => ({ ...before, ...part }))
  }
  const save = async (element: HTMLFormElement) => {
    const read = definitionOf(form)
    setErrors('errors' in read ? read.errors : {})
    if ('errors' in read) {
      focusError(element)
      return
    }
    const { definition } = read
    const saved = trigger
      ? (await update.run({ input: { id: trigger.id, definition } }))?.updateTrigger.trigger
      : (await create.run({ input: { pipelineId, environment, definition } }))?.createTrigger.trigger
    if (!saved) return
    toast(trigger ? `${saved.name} is changed.` : `${saved.name} is created. Nothing fires before it is enabled.`)
    onClose()
    onSaved?.(saved.id)
  }
  // The definition is the whole form, so an error in it belongs to no field.
  const problem = trigger ? update.problem : create.problem
  const said = fieldProblem(problem, { definition: 'The schedule' }).at['definition']
  return (
    <FormDialog
      wide
      title={trigger ? `Change ${trigger.name}` : 'New trigger'}
      action={trigger ? 'Save' : 'Create the trigger'}
      busy={create.busy || update.busy}
      failed={trigger ? 'The trigger was not changed' : 'The trigger was not created'}
      problem={problem && said ? { ...problem, message: said } : problem}
      onSubmit={(element) => void save(element)}
      onClose={onClose}
      form={{ noValidate: true, onInput: () => {} }}
    >
      {trigger?.enabled && (
        <Note icon={<UserRound size={14} aria-hidden="true" />}>
          It is enabled and fires by the new schedule at once. Once you save, its runs are started as you.
        </Note>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Name" error={errors.name}>
          {(ids) => (
            <Input
              {...ids}
              value={form.name}
              maxLength={100}
              autoComplete="off"
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        {!trigger && (
          <Field label="Environment">
            {(ids) => (
              <Select
                {...ids}
                value={environment}
                onChange={(event) => setEnvironment(event.target.value as Environment)}
              >
                {environments.map((each) => (
                  <option key={each} value={each}>
                    {environmentNames[each]}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
      </div>
      <InWords pipelineId={pipelineId} timezone={form.timezone} onUse={change} />
      <RhythmFields form={form} errors={errors} onChange={change} />
      <Preview timing={timingOf(form)} />
      {form.stored.paused && (
        <label className="flex min-h-6 items-center gap-2">
          <input
            type="checkbox"
            checked={form.paused}
            onChange={(event) => change({ paused: event.target.checked })}
            className="size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
          />
          Paused in its definition: it never fires, whoever enables it
        </label>
      )}
      <PolicyFields form={form} errors={errors} onChange={change} />
      <Field
        label="Input of each run, as JSON"
        error={errors.input}
        hint="An object. Leave it empty if the pipeline takes no input."
      >
        {(ids) => (
          <TextArea
            {...ids}
            value={form.input}
            rows={4}
            spellCheck={false}
            placeholder={'{ "region": "EU" }'}
            onChange={(event) => change({ input: event.target.value })}
            className="font-mono text-xs"
          />
        )}
      </Field>
      <MappingFields mapping={form.mapping} error={errors.mapping} onChange={(mapping) => change({ mapping })} />
      <Field label="Description">
        {(ids) => (
          <Input
            {...ids}
            value={form.description}
            autoComplete="off"
            onChange={(event) => change({ description: event.target.value })}
          />
        )}
      </Field>
    </FormDialog>
  )
}
