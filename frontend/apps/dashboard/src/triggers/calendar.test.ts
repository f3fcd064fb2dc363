import { expect, test } from 'vitest'
import { weeksOf } from './calendar.ts'

// A Friday; the clock changes on Sunday.
const now = Date.parse('2026-03-27T12:00:00Z')
const next = ['2026-03-28T08:00:00Z', '2026-03-29T07:00:00Z', '2026-03-29T07:00:30Z']
const days = (told: number) =>
  new Map(
    weeksOf(next, 'Europe/Berlin', now, told)
      .flat()
      .map((day) => [day.date, day]),
  )

test('the weeks begin on Monday and reach a month ahead', () => {
  const weeks = weeksOf(next, 'Europe/Berlin', now, 200)
  expect(weeks.map((week) => week.length)).toEqual([7, 7, 7, 7, 7, 7])
  expect(weeks[0]?.[0]).toMatchObject({ date: '2026-03-23', number: 23, state: 'past' })
  expect(weeks[0]?.[4]).toMatchObject({ date: '2026-03-27', state: 'today' })
  expect(weeks.at(-1)?.at(-1)?.date).toBe('2026-05-03')
})

test('times are those of the time zone, over a change of the clock', () => {
  const found = days(200)
  expect(found.get('2026-03-28')?.times).toEqual(['09:00'])
  expect(found.get('2026-03-29')).toMatchObject({ times: ['09:00', '09:00:30'], more: false })
  expect(found.get('2026-03-30')).toMatchObject({ times: [], state: 'later' })
})

test('what comes after the last firing that is told is unknown', () => {
  const found = days(3)
  expect(found.get('2026-03-28')).toMatchObject({ more: false, state: 'later' })
  expect(found.get('2026-03-29')?.more).toBe(true)
  expect(found.get('2026-03-30')?.state).toBe('unknown')
})

test('today is the day in the time zone', () => {
  const late = Date.parse('2026-03-27T23:30:00Z')
  const found = weeksOf([], 'Europe/Berlin', late, 200).flat()
  expect(found.find(({ state }) => state === 'today')?.date).toBe('2026-03-28')
})
