// From when until when a schedule fires, and what happens if it cannot fire as planned.

import { Field, Input, Select } from '@flowmason/ui'
import type { Errors, TriggerForm } from './definition.ts'
import { type Misfire, type OnHoliday, type Overlap, calendars, holidayWays, misfires, overlaps } from './words.ts'

interface Props {
  form: TriggerForm
  errors: Errors
  onChange: (part: Partial<TriggerForm>) => void
}

export const PolicyFields = ({ form, errors, onChange }: Props) => (
  <div className="grid gap-4 sm:grid-cols-2">
    <Field label="If the earlier run has not ended">
      {(ids) => (
        <Select
          {...ids}
          value={form.overlap}
          onChange={(event) => onChange({ overlap: event.target.value as Overlap })}
        >
          {overlaps.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      )}
    </Field>
    <Field label="If firings were missed">
      {(ids) => (
        <Select
          {...ids}
          value={form.misfire}
          onChange={(event) => onChange({ misfire: event.target.value as Misfire })}
        >
          {misfires.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      )}
    </Field>
    <Field label="Public holidays">
      {(ids) => (
        <Select {...ids} value={form.calendar} onChange={(event) => onChange({ calendar: event.target.value })}>
          <option value="">It fires on them, too</option>
          {calendars.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      )}
    </Field>
    {form.calendar && (
      <Field label="If a firing is on a holiday">
        {(ids) => (
          <Select
            {...ids}
            value={form.onHoliday}
            onChange={(event) => onChange({ onHoliday: event.target.value as OnHoliday })}
          >
            {holidayWays.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Select>
        )}
      </Field>
    )}
    <Field label="Starts" hint="Nothing fires before.">
      {(ids) => (
        <Input
          {...ids}
          type="datetime-local"
          step={1}
          value={form.start}
          onChange={(event) => onChange({ start: event.target.value })}
        />
      )}
    </Field>
    <Field label="Ends" hint="Nothing fires after.">
      {(ids) => (
        <Input
          {...ids}
          type="datetime-local"
          step={1}
          value={form.end}
          onChange={(event) => onChange({ end: event.target.value })}
        />
      )}
    </Field>
    <Field
      label="Jitter, in seconds"
      error={errors.jitter}
      hint="It starts up to this much later, always by the same time."
    >
      {(ids) => (
        <Input
          {...ids}
          inputMode="numeric"
          value={form.jitter}
          autoComplete="off"
          onChange={(event) => onChange({ jitter: event.target.value })}
        />
      )}
    </Field>
  </div>
)
