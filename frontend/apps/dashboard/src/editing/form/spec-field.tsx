// The fields of the form: one that a schema describes, and one that none does.

import { X } from 'lucide-react'
import { IconButton, Ticked } from '@flowmason/ui'
import type { Path } from '../edits.ts'
import { useForm } from './form-context.ts'
import type { FieldSpec } from './schema.ts'
import type { Suggestion } from './suggestions.ts'
import { useEdits } from './use-edits.ts'
import { ValueField } from './value-field.tsx'

interface SpecProps {
  spec: FieldSpec
  path: Path
  value: unknown
  suggestions?: readonly Suggestion[] | undefined
}

export function SpecField({ spec, path, value, suggestions }: SpecProps) {
  const key = String(path.at(-1))
  return (
    <ValueField
      label={spec.label}
      path={path}
      value={value}
      shape={spec.shape}
      required={spec.required}
      description={spec.description}
      default={spec.default}
      suggestions={suggestions}
      tools={<code className="truncate">{key}</code>}
    />
  )
}

/** What the stage has and its component does not know. It stays until somebody removes it. */
export function OtherField({ path, value }: { path: Path; value: unknown }) {
  const { stageId } = useForm()
  const { refusal, make } = useEdits()
  const label = path.join('.')
  return (
    <div className="flex flex-col gap-1.5">
      <ValueField
        label={label}
        path={path}
        value={value}
        shape={{ kind: 'json' }}
        tools={
          <IconButton label={`Remove ${label}`} onClick={() => void make([{ op: 'unsetField', stage: stageId, path }])}>
            <X size={14} aria-hidden="true" />
          </IconButton>
        }
      />
      {refusal !== undefined && (
        <p role="alert" className="text-xs text-fail">
          <Ticked text={refusal} />
        </p>
      )}
    </div>
  )
}
