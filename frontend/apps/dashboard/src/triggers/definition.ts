// The form of a schedule, and the definition that it makes: `triggers.schedules` of a pipeline file.

import { faultWords, isObject, readJson } from '../lib/json-text.ts'
import { knownZone, localTime } from './local-time.ts'
import {
  type EventField,
  type Misfire,
  type OnHoliday,
  type Overlap,
  eventFields,
  holidayWays,
  misfires,
  overlaps,
} from './words.ts'

export const units = [
  ['s', 'seconds', 1],
  ['m', 'minutes', 60],
  ['h', 'hours', 3600],
  ['d', 'days', 86_400],
] as const
export type Unit = (typeof units)[number][0]

export type InstantField = 'start' | 'end' | 'anchor'

export interface Mapped {
  input: string
  field: EventField
}

export interface TriggerForm {
  name: string
  description: string
  rhythm: 'cron' | 'interval' | 'rrule'
  cron: string
  rrule: string
  /** Dates of a rule that are added and excepted, one a line. */
  rdate: string
  exdate: string
  every: string
  unit: Unit
  timezone: string
  /** The name of a calendar of public holidays, or nothing. */
  calendar: string
  onHoliday: OnHoliday
  /** Local times in the time zone, as a date field has them. */
  start: string
  end: string
  anchor: string
  /** In seconds. */
  jitter: string
  misfire: Misfire
  overlap: Overlap
  /** JSON, or nothing. */
  input: string
  mapping: Mapped[]
  /** Whether the definition itself says that it does not fire. */
  paused: boolean
  /** The instants as they were stored: of a time that the clock repeats, a local time says less. */
  stored: {
    timezone: string
    paused: boolean
    instants: Partial<Record<InstantField, { text: string; instant: string }>>
  }
}

export const newForm = (timezone: string): TriggerForm => ({
  name: '',
  description: '',
  rhythm: 'cron',
  cron: '0 9 * * 1-5',
  rrule: '',
  rdate: '',
  exdate: '',
  every: '15',
  unit: 'm',
  timezone,
  calendar: '',
  onHoliday: 'skip',
  start: '',
  end: '',
  anchor: '',
  jitter: '',
  misfire: 'once',
  overlap: 'skip',
  input: '',
  mapping: [],
  paused: false,
  stored: { timezone, paused: false, instants: {} },
})

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const oneOf = <T extends string>(all: readonly (readonly [T, ...unknown[]])[], value: unknown, usual: T): T =>
  all.find(([each]) => each === value)?.[0] ?? usual

/** The form of a stored definition, which is in the spelling of the documentation. */
export function formOf(definition: unknown): TriggerForm {
  const given = isObject(definition) ? definition : {}
  const timezone = textOf(given['timezone']) || 'UTC'
  const form = newForm(timezone)
  for (const field of ['start', 'end', 'anchor'] as const) {
    const instant = textOf(given[field])
    if (!instant || Number.isNaN(Date.parse(instant))) continue
    const { date, time } = localTime(instant, knownZone(timezone))
    const text = `${date}T${time}`
    form[field] = text
    form.stored.instants[field] = { text, instant }
  }
  const paused = given['enabled'] === false
  const mapping = isObject(given['input_mapping']) ? Object.entries(given['input_mapping']) : []
  return {
    ...form,
    ...everyOf(textOf(given['interval'])),
    ...(given['rrule'] !== undefined && { rhythm: 'rrule' as const }),
    rrule: textOf(given['rrule']),
    rdate: linesOf(given['rdate']),
    exdate: linesOf(given['exdate']),
    calendar: textOf(given['calendar']),
    onHoliday: oneOf(holidayWays, given['on_holiday'], 'skip'),
    name: textOf(given['name']),
    description: textOf(given['description']),
    cron: textOf(given['cron']),
    jitter: typeof given['jitter'] === 'number' ? String(given['jitter']) : '',
    misfire: oneOf(misfires, given['misfire'], 'once'),
    overlap: oneOf(overlaps, given['overlap'], 'skip'),
    input: given['input'] === undefined ? '' : JSON.stringify(given['input'], null, 2),
    mapping: mapping.map(([input, field]) => ({ input, field: oneOf(eventFields, field, 'scheduled_at') })),
    paused,
    stored: { ...form.stored, paused },
  }
}

/** What the form takes of a definition that a sentence became; undefined if it has something that the form has not. */
export function partOf(definition: unknown): Partial<TriggerForm> | undefined {
  const taken = ['cron', 'interval', 'anchor', 'start', 'end', 'timezone', 'calendar', 'on_holiday']
  if (!isObject(definition) || Object.keys(definition).some((key) => !taken.includes(key))) return undefined
  const [cron, interval] = [textOf(definition['cron']), textOf(definition['interval'])]
  if (!cron && !interval) return undefined
  // Times of the schedule's time zone; a date is its midnight.
  const local = (text: string) => (text === '' || text.includes('T') ? text : `${text}T00:00`)
  const timezone = textOf(definition['timezone'])
  return {
    ...everyOf(interval),
    ...(cron && { cron }),
    ...(timezone && { timezone }),
    calendar: textOf(definition['calendar']),
    onHoliday: oneOf(holidayWays, definition['on_holiday'], 'skip'),
    anchor: local(textOf(definition['anchor'])),
    start: local(textOf(definition['start'])),
    // The form has minutes.
    end: textOf(definition['end']).slice(0, 16),
  }
}

/** `900s` is 15 minutes. */
function everyOf(interval: string): Pick<TriggerForm, 'rhythm' | 'every' | 'unit'> {
  const [, number = '', written = ''] = /^(\d+)([smhd])$/.exec(interval) ?? []
  const unit = units.find(([each]) => each === written)
  if (!unit) return { rhythm: 'cron', every: '15', unit: 'm' }
  const seconds = Number(number) * unit[2]
  // A day is a day of the calendar, so hours never become days.
  const most = written === 'd' ? 86_400 : 3600
  const [found, , size] = units.findLast((each) => each[2] <= most && seconds % each[2] === 0) ?? units[0]
  return { rhythm: 'interval', every: String(seconds / size), unit: found }
}

export type Errors = Partial<Record<'name' | 'cron' | 'rrule' | 'every' | 'jitter' | 'input' | 'mapping', string>>

const linesOf = (value: unknown): string =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string').join('\n') : ''

/** The entries of a field that has one a line. */
const entriesOf = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

const isCount = (text: string): boolean => /^[1-9]\d{0,9}$/.test(text.trim())

/** The part that decides when it fires, as far as it can be asked for. */
export function timingOf(form: TriggerForm): Record<string, unknown> | undefined {
  const cron = form.cron.trim()
  const rrule = form.rrule.trim()
  const missing = { cron: cron === '', interval: !isCount(form.every), rrule: rrule === '' }
  if (missing[form.rhythm]) return undefined
  const jitter = form.jitter.trim()
  const anchor = form.rhythm === 'interval' ? instantOf(form, 'anchor') : undefined
  const [rdate, exdate] = form.rhythm === 'rrule' ? [entriesOf(form.rdate), entriesOf(form.exdate)] : [[], []]
  const [start, end] = [instantOf(form, 'start'), instantOf(form, 'end')]
  return {
    ...(form.rhythm === 'cron' && { cron }),
    ...(form.rhythm === 'interval' && { interval: `${form.every.trim()}${form.unit}` }),
    ...(form.rhythm === 'rrule' && { rrule }),
    ...(rdate.length > 0 && { rdate }),
    ...(exdate.length > 0 && { exdate }),
    ...(anchor && { anchor }),
    timezone: form.timezone,
    ...(form.calendar && { calendar: form.calendar, on_holiday: form.onHoliday }),
    ...(start && { start }),
    ...(end && { end }),
    ...(isCount(jitter) && { jitter: Number(jitter) }),
    ...(form.paused && { enabled: false }),
  }
}

function instantOf(form: TriggerForm, field: InstantField): string | undefined {
  const was = form.stored.instants[field]
  const same = was?.text === form[field] && form.stored.timezone === form.timezone
  return (same ? was?.instant : form[field]) || undefined
}

/** The whole definition, or what is missing in the form. */
export function definitionOf(form: TriggerForm): { definition: Record<string, unknown> } | { errors: Errors } {
  const errors: Errors = {}
  const name = form.name.trim()
  if (!name) errors.name = 'Enter a name that says what it starts.'
  if (form.rhythm === 'cron' && !form.cron.trim()) errors.cron = 'Enter a cron expression, such as 0 9 * * 1-5.'
  if (form.rhythm === 'rrule' && !form.rrule.trim())
    errors.rrule = 'Enter a recurrence rule, such as FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9.'
  if (form.rhythm === 'interval' && !isCount(form.every)) errors.every = 'Enter a whole number from 1.'
  const jitter = form.jitter.trim()
  if (jitter !== '' && !/^\d{1,5}$/.test(jitter)) errors.jitter = 'Enter a whole number of seconds, at most 86400.'
  const read = form.input.trim() === '' ? { value: {} } : readJson(form.input)
  if ('fault' in read) errors.input = faultWords(read.fault)
  else if (!isObject(read.value))
    errors.input = 'Enter an object with the inputs of each run, such as {"region": "EU"}.'
  const inputs = form.mapping.map(({ input }) => input.trim())
  if (inputs.includes('')) errors.mapping = 'Enter the name of each input, or remove the line.'
  else if (new Set(inputs).size < inputs.length) errors.mapping = 'Each input can be named once.'
  const timing = timingOf(form)
  if (Object.keys(errors).length > 0 || !timing || 'fault' in read || !isObject(read.value)) return { errors }
  const description = form.description.trim()
  return {
    definition: {
      name,
      ...(description && { description }),
      ...timing,
      misfire: form.misfire,
      overlap: form.overlap,
      ...(Object.keys(read.value).length > 0 && { input: read.value }),
      ...(inputs.length > 0 && {
        input_mapping: Object.fromEntries(form.mapping.map(({ input, field }) => [input.trim(), field])),
      }),
    },
  }
}
