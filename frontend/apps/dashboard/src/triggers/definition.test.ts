import { expect, test } from 'vitest'
import { definitionOf, formOf, newForm, partOf, timingOf } from './definition.ts'

const stored = {
  name: 'weekdays',
  description: 'The report',
  cron: '0 9 * * 1-5',
  timezone: 'Europe/Berlin',
  end: '2026-10-25T01:30:00Z',
  jitter: 30,
  misfire: 'all',
  overlap: 'queue',
  input: { region: 'EU' },
  input_mapping: { day: 'date' },
}

test('a stored definition that nobody changed is the same again', () => {
  const form = formOf(stored)
  expect(form).toMatchObject({ rhythm: 'cron', end: '2026-10-25T02:30', jitter: '30', overlap: 'queue' })
  expect(definitionOf(form)).toEqual({ definition: stored })
  const paused = { name: 'p', interval: '2d', timezone: 'UTC', misfire: 'once', overlap: 'skip', enabled: false }
  expect(definitionOf(formOf(paused))).toEqual({ definition: paused })
})

test('a stored rule keeps its dates and its holidays', () => {
  const rule = {
    name: 'last friday',
    rrule: 'FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9',
    rdate: ['2026-12-24T08:00:00Z'],
    exdate: ['2026-12-25', '2026-01-30T08:00:00Z'],
    timezone: 'Europe/Berlin',
    calendar: 'de-by',
    on_holiday: 'previous_working_day',
    misfire: 'once',
    overlap: 'skip',
  }
  const form = formOf(rule)
  expect(form).toMatchObject({ rhythm: 'rrule', calendar: 'de-by', onHoliday: 'previous_working_day' })
  expect(definitionOf(form)).toEqual({ definition: rule })
  const empty = definitionOf({ ...form, rrule: ' ' })
  expect('errors' in empty && Object.keys(empty.errors)).toEqual(['rrule'])
  // The dates belong to the rule only.
  expect(timingOf({ ...form, rhythm: 'cron', cron: '0 9 * * *' })).not.toHaveProperty('rdate')
})

test('in another time zone, a local time is read there', () => {
  const form = { ...formOf(stored), timezone: 'America/New_York' }
  expect(timingOf(form)).toMatchObject({ end: '2026-10-25T02:30', timezone: 'America/New_York' })
})

test('an interval is shown in the largest unit, and hours never become days', () => {
  const shown = (interval: string) => {
    const { rhythm, every, unit } = formOf({ interval })
    return [rhythm, every, unit]
  }
  expect(shown('900s')).toEqual(['interval', '15', 'm'])
  expect(shown('90s')).toEqual(['interval', '90', 's'])
  expect(shown('129600s')).toEqual(['interval', '36', 'h'])
  expect(shown('2d')).toEqual(['interval', '2', 'd'])
})

test('what is missing or wrong is said at its field', () => {
  const form = newForm('UTC')
  expect(definitionOf(form)).toEqual({ errors: { name: expect.stringContaining('Enter a name') as string } })
  const wrong = {
    ...form,
    name: 'n',
    rhythm: 'interval' as const,
    every: '0',
    jitter: 'a minute',
    input: '[1]',
    mapping: [{ input: ' ', field: 'date' as const }],
  }
  const read = definitionOf(wrong)
  expect('errors' in read && Object.keys(read.errors)).toEqual(['every', 'jitter', 'input', 'mapping'])
  expect(timingOf(wrong)).toBeUndefined()
  const broken = definitionOf({ ...form, name: 'n', input: '{"a": }' })
  expect('errors' in broken && broken.errors.input).toContain('Line 1, column 7')
})

test('an anchor belongs to an interval only', () => {
  const form = { ...newForm('UTC'), anchor: '2026-01-01T08:00' }
  expect(timingOf(form)).not.toHaveProperty('anchor')
  expect(timingOf({ ...form, rhythm: 'interval' })).toEqual({
    interval: '15m',
    anchor: '2026-01-01T08:00',
    timezone: 'UTC',
  })
})

test('a definition of a sentence fills the form, unless it has something that the form has not', () => {
  const definition = { interval: '14d', anchor: '2027-01-04T09:00', start: '2027-01-01', timezone: 'UTC' }
  expect(partOf(definition)).toEqual({
    rhythm: 'interval',
    every: '14',
    unit: 'd',
    timezone: 'UTC',
    calendar: '',
    onHoliday: 'skip',
    anchor: '2027-01-04T09:00',
    start: '2027-01-01T00:00',
    end: '',
  })
  expect(partOf({ cron: '0 9 * * *', end: '2027-12-31T23:59:59' })).toMatchObject({ end: '2027-12-31T23:59' })
  expect(partOf({ cron: '0 9 * * *', on_holiday: 'next_working_day', calendar: 'de' })).toMatchObject({
    calendar: 'de',
    onHoliday: 'next_working_day',
  })
  expect(partOf({ type: 'webhook', signature: 'github' })).toBeUndefined()
})
