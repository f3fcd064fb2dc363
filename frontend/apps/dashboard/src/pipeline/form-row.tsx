// One field of the run form.

import { Field, Input, Select, TextArea, Ticked } from '@flowmason/ui'
import type { FormField } from '../lib/run-form.ts'

export function FormRow({
  field,
  value,
  error,
  onChange,
}: {
  field: FormField
  value: string | boolean
  error: string | undefined
  onChange: (value: string | boolean) => void
}) {
  if (field.kind === 'boolean') {
    return (
      <label className="flex items-start gap-2.5">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
          className="mt-0.5 size-4 accent-[var(--text)]"
        />
        <span>
          <span className="font-medium">{field.label}</span>
          {field.description && (
            <span className="block text-xs text-muted">
              <Ticked text={field.description} />
            </span>
          )}
        </span>
      </label>
    )
  }
  const text = String(value)
  return (
    <Field
      label={field.label}
      required={field.required}
      note={noteOf(field)}
      hint={field.description && <Ticked text={field.description} />}
      error={error}
    >
      {(ids) => {
        if (field.kind === 'enum') {
          return (
            <Select {...ids} value={text} onChange={(event) => onChange(event.target.value)}>
              {!field.options?.includes(text) && <option value="">–</option>}
              {field.options?.map((option) => (
                <option key={option} value={option}>
                  {option}
                </option>
              ))}
            </Select>
          )
        }
        if (field.kind === 'long' || field.kind === 'json') {
          const rows = Math.min(10, Math.max(3, text.split('\n').length))
          return (
            <TextArea
              {...ids}
              rows={rows}
              value={text}
              spellCheck={field.kind === 'long'}
              onChange={(event) => onChange(event.target.value)}
              className={field.kind === 'json' ? 'font-mono text-xs' : ''}
            />
          )
        }
        return (
          <Input
            {...ids}
            value={text}
            inputMode={field.kind === 'integer' ? 'numeric' : field.kind === 'number' ? 'decimal' : 'text'}
            autoComplete="off"
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }}
    </Field>
  )
}

function noteOf(field: FormField): string {
  const kind =
    field.kind === 'json' ? 'JSON' : field.kind === 'integer' ? 'whole number' : field.kind === 'number' ? 'number' : ''
  return [field.label === field.name ? '' : field.name, kind].filter(Boolean).join(' · ')
}
