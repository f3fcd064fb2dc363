// The definition of a trigger, field by field.

import type { ReactNode } from 'react'
import { JsonView, Ticked } from '@flowmason/ui'
import { isObject } from '../lib/json-text.ts'
import { formOf, units } from './definition.ts'
import { calendars, eventFields, holidayWays, misfires, overlaps } from './words.ts'

const wordsOf = (all: readonly (readonly [string, string])[], value: string) =>
  all.find(([each]) => each === value)?.[1] ?? value

export function Facts({ definition, description }: { definition: unknown; description?: string | null }) {
  const form = formOf(definition)
  const given = isObject(definition) ? definition : {}
  const local = (text: string) => text.replace('T', ' ')
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5 max-sm:grid-cols-1">
      {description && (
        <Fact name="Description">
          <Ticked text={description} />
        </Fact>
      )}
      {form.rhythm === 'cron' && (
        <Fact name="Cron expression">
          <code>{form.cron}</code>
        </Fact>
      )}
      {form.rhythm === 'rrule' && (
        <Fact name="Recurrence rule">
          <code>{form.rrule}</code>
        </Fact>
      )}
      {form.rhythm === 'rrule' && form.rdate && <Fact name="Further times">{form.rdate.split('\n').join(', ')}</Fact>}
      {form.rhythm === 'rrule' && form.exdate && <Fact name="Except">{form.exdate.split('\n').join(', ')}</Fact>}
      {form.rhythm === 'interval' && (
        <Fact name="Interval">
          {form.every} {units.find(([unit]) => unit === form.unit)?.[1]}
          {form.anchor && `, counted from ${local(form.anchor)}`}
        </Fact>
      )}
      <Fact name="Time zone">{form.timezone}</Fact>
      {form.calendar && (
        <Fact name="Public holidays">
          {wordsOf(calendars, form.calendar)}: {wordsOf(holidayWays, form.onHoliday)}
        </Fact>
      )}
      {form.start && <Fact name="Starts">{local(form.start)}</Fact>}
      {form.end && <Fact name="Ends">{local(form.end)}</Fact>}
      {form.jitter && <Fact name="Jitter">up to {form.jitter} seconds later</Fact>}
      <Fact name="If the earlier run has not ended">{wordsOf(overlaps, form.overlap)}</Fact>
      <Fact name="If firings were missed">{wordsOf(misfires, form.misfire)}</Fact>
      {form.mapping.length > 0 && (
        <Fact name="Inputs from the firing">
          {form.mapping.map(({ input, field }) => (
            <span key={input} className="block">
              <code>{input}</code>: {wordsOf(eventFields, field)}
            </span>
          ))}
        </Fact>
      )}
      {given['input'] !== undefined && (
        <Fact name="Input of each run">
          <JsonView value={given['input']} />
        </Fact>
      )}
    </dl>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-muted">{name}</dt>
    <dd className="min-w-0 wrap-anywhere max-sm:pb-1.5">{children}</dd>
  </>
)
