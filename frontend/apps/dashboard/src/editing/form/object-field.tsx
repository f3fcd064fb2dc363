// An object: the fields that its schema knows, and those with free names.

import { useId, useState } from 'react'
import { Plus, X } from 'lucide-react'
import { Button, IconButton, Input } from '@flowmason/ui'
import { isObject } from '../../lib/json-text.ts'
import { useForm } from './form-context.ts'
import { Group } from './group.tsx'
import { type FieldSpec, type Shape, emptyOf } from './schema.ts'
import { useEdits } from './use-edits.ts'
import { type InnerProps, ValueField } from './value-field.tsx'

type Props = InnerProps & {
  fields: readonly FieldSpec[]
  /** What fields with other names are; undefined if there are none. */
  others: Shape | undefined
}

export function ObjectField(props: Props) {
  const { label, name, path, value, present, fields, others, required, keeps, extra } = props
  const { stageId } = useForm()
  const { refusal, make } = useEdits()
  const own = isObject(value) ? value : undefined
  const whole = name ?? label
  const known = new Set(fields.flatMap((spec) => [spec.key, ...spec.synonyms]))
  const free = Object.keys(own ?? {}).filter((key) => !known.has(key))
  const remove = (key: string) => make([{ op: 'unsetField', stage: stageId, path: [...path, key] }])
  const start = () => {
    const first = emptyOf({ kind: 'object', fields, others })
    return make([{ op: 'setField', stage: stageId, path, value: first }])
  }
  const tools = (
    <>
      {extra}
      {own && !required && !keeps && (
        <IconButton label={`Remove ${whole}`} onClick={() => void make([{ op: 'unsetField', stage: stageId, path }])}>
          <X size={14} aria-hidden="true" />
        </IconButton>
      )}
    </>
  )
  return (
    <Group {...props} extra={tools} refusal={refusal}>
      {own && (
        <div className="flex flex-col gap-3 border-l border-line pl-3">
          {fields.map((spec) => {
            const key = [spec.key, ...spec.synonyms].find((each) => Object.hasOwn(own, each)) ?? spec.key
            return (
              <ValueField
                key={spec.key}
                label={spec.label}
                path={[...path, key]}
                value={own[key]}
                shape={spec.shape}
                required={spec.required}
                description={spec.description}
                default={spec.default}
              />
            )
          })}
          {free.map((key) => (
            <ValueField
              key={key}
              label={key}
              path={[...path, key]}
              value={own[key]}
              shape={others ?? { kind: 'json' }}
              keeps
              tools={
                <IconButton label={`Remove ${key} from ${whole}`} onClick={() => void remove(key)}>
                  <X size={14} aria-hidden="true" />
                </IconButton>
              }
            />
          ))}
        </div>
      )}
      {others ? (
        <NewKey
          whole={whole}
          taken={own ?? {}}
          onAdd={(key) => {
            const first = emptyOf(others)
            // An object of its own, if the text has none, or something else in its place.
            return own || present === undefined
              ? make([{ op: 'setField', stage: stageId, path: [...path, key], value: first }])
              : make([{ op: 'setField', stage: stageId, path, value: { [key]: first } }])
          }}
        />
      ) : (
        !own && (
          <span>
            <Button
              aria-label={`Add ${whole}`}
              icon={<Plus size={14} aria-hidden="true" />}
              onClick={() => void start()}
            >
              Add
            </Button>
          </span>
        )
      )}
    </Group>
  )
}

interface NewKeyProps {
  whole: string
  taken: Readonly<Record<string, unknown>>
  onAdd: (key: string) => Promise<boolean>
}

/** The name of a new field. */
function NewKey({ whole, taken, onAdd }: NewKeyProps) {
  const [key, setKey] = useState('')
  const id = useId()
  const double = key !== '' && Object.hasOwn(taken, key)
  const add = async () => {
    if (key === '' || double) return
    if (await onAdd(key)) setKey('')
  }
  return (
    <div className="flex flex-col gap-1">
      <div className="flex gap-2">
        <Input
          aria-label={`Name of a new field of ${whole}`}
          placeholder="Name"
          autoComplete="off"
          spellCheck={false}
          value={key}
          aria-invalid={double || undefined}
          aria-describedby={double ? `${id}-double` : undefined}
          onChange={(event) => setKey(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            void add()
          }}
          className="min-w-0 flex-1 font-mono text-xs"
        />
        <Button
          disabled={key === '' || double}
          aria-label={`Add a field to ${whole}`}
          icon={<Plus size={14} aria-hidden="true" />}
          className="max-sm:h-10"
          onClick={() => void add()}
        >
          Add
        </Button>
      </div>
      {double && (
        <p id={`${id}-double`} className="text-xs text-fail">
          There is a field of this name already.
        </p>
      )}
    </div>
  )
}
