// The inputs that come from the firing: the name of each, and what it gets.

import { Plus, X } from 'lucide-react'
import { Button, IconButton, Input, Select } from '@flowmason/ui'
import type { Mapped } from './definition.ts'
import { type EventField, eventFields } from './words.ts'

interface Props {
  mapping: readonly Mapped[]
  error: string | undefined
  onChange: (mapping: Mapped[]) => void
}

export function MappingFields({ mapping, error, onChange }: Props) {
  const set = (at: number, part: Partial<Mapped>) =>
    onChange(mapping.map((each, index) => (index === at ? { ...each, ...part } : each)))
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">Inputs from the firing</legend>
      {mapping.map(({ input, field }, at) => (
        <div key={at} className="flex items-center gap-2">
          <Input
            aria-label={`Name of input ${at + 1}`}
            aria-invalid={(error !== undefined && input.trim() === '') || undefined}
            placeholder="name of the input"
            value={input}
            autoComplete="off"
            onChange={(event) => set(at, { input: event.target.value })}
          />
          <Select
            aria-label={`What input ${at + 1} gets`}
            value={field}
            className="w-full"
            onChange={(event) => set(at, { field: event.target.value as EventField })}
          >
            {eventFields.map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </Select>
          <IconButton
            label={`Remove input ${at + 1}`}
            onClick={() => onChange(mapping.filter((_, index) => index !== at))}
          >
            <X size={14} aria-hidden="true" />
          </IconButton>
        </div>
      ))}
      {error && <p className="text-xs text-fail">{error}</p>}
      <div>
        <Button
          variant="quiet"
          icon={<Plus size={14} aria-hidden="true" />}
          onClick={() => onChange([...mapping, { input: '', field: 'scheduled_at' }])}
        >
          Add an input
        </Button>
      </div>
    </fieldset>
  )
}
