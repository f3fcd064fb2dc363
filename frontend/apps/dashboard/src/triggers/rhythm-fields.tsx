// When a schedule fires: a cron expression or an interval, and its time zone.

import { Field, Input, Select, TextArea, cx } from '@flowmason/ui'
import { type Errors, type TriggerForm, type Unit, units } from './definition.ts'
import { presets } from './words.ts'
import { ZonePicker } from './zone-picker.tsx'

interface Props {
  form: TriggerForm
  errors: Errors
  onChange: (part: Partial<TriggerForm>) => void
}

const rhythms = [
  ['cron', 'At certain times'],
  ['interval', 'Again and again'],
  ['rrule', 'By a recurrence rule'],
] as const

export function RhythmFields({ form, errors, onChange }: Props) {
  return (
    <>
      <fieldset className="flex flex-wrap gap-x-5 gap-y-1">
        <legend className="mb-1.5 font-medium">Fires</legend>
        {rhythms.map(([rhythm, words]) => (
          <label key={rhythm} className="flex min-h-6 items-center gap-2">
            <input
              type="radio"
              name="rhythm"
              checked={form.rhythm === rhythm}
              onChange={() => onChange({ rhythm })}
              className="size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5"
            />
            {words}
          </label>
        ))}
      </fieldset>
      {form.rhythm === 'cron' && (
        <div className="flex flex-col gap-2">
          <Field
            label="Cron expression"
            error={errors.cron}
            hint="Minute, hour, day of the month, month, weekday; with six fields, the second comes first."
          >
            {(ids) => (
              <Input
                {...ids}
                value={form.cron}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => onChange({ cron: event.target.value })}
                className="font-mono"
              />
            )}
          </Field>
          <div role="group" aria-label="Schedules to begin with" className="flex flex-wrap gap-1.5">
            {presets.map(([words, cron]) => (
              <button
                key={cron}
                type="button"
                aria-pressed={form.cron.trim() === cron}
                onClick={() => onChange({ cron })}
                className={cx(
                  'h-6 rounded-full border px-2.5 text-xs hover:bg-raise',
                  form.cron.trim() === cron ? 'border-text text-text' : 'border-line2 text-muted',
                )}
              >
                {words}
              </button>
            ))}
          </div>
        </div>
      )}
      {form.rhythm === 'interval' && <Interval form={form} errors={errors} onChange={onChange} />}
      {form.rhythm === 'rrule' && <Rule form={form} errors={errors} onChange={onChange} />}
      <Field label="Time zone" hint="Type a city to find it. The schedule follows its changes of the clock.">
        {(ids) => <ZonePicker ids={ids} value={form.timezone} onChange={(timezone) => onChange({ timezone })} />}
      </Field>
    </>
  )
}

const Rule = ({ form, errors, onChange }: Props) => (
  <>
    <Field
      label="Recurrence rule"
      error={errors.rrule}
      hint="As in a calendar (RFC 5545), such as FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9. It begins at the start."
    >
      {(ids) => (
        <Input
          {...ids}
          value={form.rrule}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ rrule: event.target.value })}
          className="font-mono"
        />
      )}
    </Field>
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Further times" hint="One a line, such as 2026-12-24T09:00.">
        {(ids) => (
          <TextArea
            {...ids}
            value={form.rdate}
            rows={2}
            spellCheck={false}
            onChange={(event) => onChange({ rdate: event.target.value })}
            className="font-mono text-xs"
          />
        )}
      </Field>
      <Field label="Except" hint="Times or whole days, one a line, such as 2026-12-31.">
        {(ids) => (
          <TextArea
            {...ids}
            value={form.exdate}
            rows={2}
            spellCheck={false}
            onChange={(event) => onChange({ exdate: event.target.value })}
            className="font-mono text-xs"
          />
        )}
      </Field>
    </div>
  </>
)

const Interval = ({ form, errors, onChange }: Props) => (
  <div className="grid gap-4 sm:grid-cols-2">
    <Field label="Every" error={errors.every} hint="Days keep their local time; everything else counts real time.">
      {(ids) => (
        <div className="flex gap-2">
          <Input
            {...ids}
            inputMode="numeric"
            value={form.every}
            autoComplete="off"
            onChange={(event) => onChange({ every: event.target.value })}
          />
          <Select
            aria-label="Unit"
            value={form.unit}
            onChange={(event) => onChange({ unit: event.target.value as Unit })}
            className="w-full"
          >
            {units.map(([unit, words]) => (
              <option key={unit} value={unit}>
                {words}
              </option>
            ))}
          </Select>
        </div>
      )}
    </Field>
    <Field label="Counted from" hint="An instant at which it fires. Without one, the start, or else the year 1970.">
      {(ids) => (
        <Input
          {...ids}
          type="datetime-local"
          step={1}
          value={form.anchor}
          onChange={(event) => onChange({ anchor: event.target.value })}
        />
      )}
    </Field>
  </div>
)
