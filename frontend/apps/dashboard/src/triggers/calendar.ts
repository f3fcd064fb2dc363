// The firings of the next month by days, in weeks that begin on Monday.

import { localTime } from './local-time.ts'

const DAY_MS = 86_400_000
/** The days after today that are shown; the last week is completed. */
const DAYS = 31

export interface Day {
  /** `2026-03-30` */
  date: string
  /** The day of the month. */
  number: number
  /** The local times of its firings. */
  times: string[]
  /** `unknown`: there may be firings, which the server has not told. */
  state: 'past' | 'today' | 'later' | 'unknown'
  /** There may be more firings on this day than are told. */
  more: boolean
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** `told`: how many firings the server tells at most; if there are as many, there may be more. */
export function weeksOf(next: readonly string[], zone: string, now: number, told: number): Day[][] {
  const byDate = new Map<string, string[]>()
  let last = ''
  for (const at of next) {
    const { date, time } = localTime(at, zone)
    const times = byDate.get(date)
    if (times) times.push(time)
    else byDate.set(date, [time])
    last = date
  }
  const cut = next.length >= told
  const today = localTime(now, zone).date
  const from = Date.parse(`${today}T00:00:00Z`)
  // Sunday is 0 for JavaScript and the end of the week here.
  const passed = (new Date(from).getUTCDay() + 6) % 7
  const weeks = Math.ceil((passed + 1 + DAYS) / 7)
  const day = (n: number): Day => {
    const date = dateOf(from + (n - passed) * DAY_MS)
    const beyond = cut && date > last
    return {
      date,
      number: Number(date.slice(8)),
      times: byDate.get(date) ?? [],
      state: date < today ? 'past' : date === today ? 'today' : beyond ? 'unknown' : 'later',
      more: cut && date === last,
    }
  }
  return Array.from({ length: weeks }, (_, week) => Array.from({ length: 7 }, (__, n) => day(week * 7 + n)))
}
