// A calendar of the next month with the firings of each day.

import { cx, dateFormat } from '@flowmason/ui'
import { count } from '../lib/words.ts'
import { type Day, weeksOf } from './calendar.ts'
import { dayWords, momentIn } from './local-time.ts'

/** The times that a day has room for. */
const SHOWN = 3

interface Props {
  next: readonly string[]
  /** The time zone of the schedule. */
  zone: string
  now: number
  /** How many firings the server tells at most. */
  told: number
}

/** Any Monday: the names of the days are made from the week that begins with it. */
const MONDAY = Date.parse('2026-06-01T00:00:00Z')
const weekdays = () =>
  Array.from({ length: 7 }, (_, n) => {
    const day = new Date(MONDAY + n * 86_400_000)
    const name = (weekday: 'short' | 'long') => dateFormat({ weekday, timeZone: 'UTC' }).format(day)
    return { short: name('short'), long: name('long') }
  })

export function CalendarTable({ next, zone, now, told }: Props) {
  const last = next.at(-1)
  return (
    <div className="flex flex-col gap-2">
      <table className="w-full table-fixed border-collapse overflow-hidden rounded-float border border-line bg-panel">
        <caption className="sr-only">The firings of the next month, in the time zone {zone}</caption>
        <thead>
          <tr>
            {weekdays().map(({ short, long }) => (
              <th key={long} scope="col" abbr={long} className="px-2 py-1 text-left text-2xs font-normal text-muted">
                {short}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(next, zone, now, told).map((week) => (
            <tr key={week[0]?.date}>
              {week.map((day) => (
                <DayCell key={day.date} day={day} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="text-xs text-muted">
        Times are those of {zone}.
        {last && next.length >= told && (
          <>
            {' '}
            Only the next {told} firings are listed; what comes after {momentIn(last, zone)} is not.
          </>
        )}
      </p>
    </div>
  )
}

function DayCell({ day: { date, number, times, state, more } }: { day: Day }) {
  const hidden = times.length - SHOWN
  const fires = times.length > 0
  return (
    <td
      data-day={date}
      className={cx(
        'h-16 border-t border-l border-line p-1 align-top text-xs first:border-l-0 max-sm:h-11',
        (state === 'past' || state === 'unknown') && 'bg-sunk text-muted',
      )}
    >
      <span className="sr-only">
        {dayWords(date)}
        {state === 'today' && ', today'}
        {state === 'unknown' ? ', not listed' : fires && `: ${more ? 'at least ' : ''}${count(times.length, 'firing')}`}
      </span>
      <span
        aria-hidden="true"
        className={cx(
          'tnum inline-flex h-5 min-w-5 items-center justify-center rounded-full px-1',
          state === 'today' && 'bg-text font-semibold text-bg',
          fires && state !== 'today' && 'font-semibold text-text',
        )}
      >
        {number}
      </span>
      {fires && (
        <>
          <ul className="max-sm:hidden">
            {times.slice(0, SHOWN).map((time, at) => (
              <li key={at} className="tnum truncate px-1 text-2xs">
                {time}
              </li>
            ))}
          </ul>
          {(hidden > 0 || more) && (
            <p aria-hidden="true" className="px-1 text-2xs text-muted max-sm:hidden">
              {hidden > 0 ? `+${hidden.toLocaleString('en')}` : ''}
              {more ? ' and more' : ''}
            </p>
          )}
          <p aria-hidden="true" className="px-1 text-2xs text-muted sm:hidden">
            {times.length}
            {more ? '+' : ''}×
          </p>
        </>
      )}
    </td>
  )
}
