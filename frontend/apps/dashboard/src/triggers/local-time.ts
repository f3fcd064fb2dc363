// Times in the time zone of a schedule, which may be another one than the person's.

import { dateFormat } from '@flowmason/ui'

/** Whether this browser knows the time zone. The server may know more. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The zone, or UTC if this browser does not know it. */
export const knownZone = (zone: string | null | undefined): string => (zone && isZone(zone) ? zone : 'UTC')

const DATE = { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' } as const
const CLOCK = { hour: '2-digit', minute: '2-digit' } as const

/** `Mon, Mar 30, 2026, 09:00 GMT+2`, in the person's language; with seconds, if there are some. */
export function momentIn(at: string, zone: string): string {
  const second = Date.parse(at) % 60_000 === 0 ? {} : ({ second: '2-digit' } as const)
  return dateFormat({ ...DATE, ...CLOCK, ...second, timeZone: zone, timeZoneName: 'short' }).format(new Date(at))
}

/** `Monday, March 30, 2026`, of a date such as `2026-03-30`. */
export const dayWords = (date: string): string =>
  dateFormat({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  )

const formats = new Map<string, Intl.DateTimeFormat>()

/** The format from which the parts of a local time are read, whatever the person's language is. */
function partsFormat(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formats.set(zone, format)
  return format
}

/** The instant of a local time such as `2026-03-30T09:00` in a time zone. */
export function instantIn(text: string, zone: string): string | undefined {
  const wanted = Date.parse(`${text}Z`)
  if (Number.isNaN(wanted)) return undefined
  const ahead = (at: number) => {
    const { date, time } = localTime(at, zone)
    return Date.parse(`${date}T${time}Z`) - at
  }
  // The offset at the instant itself, which may be after a change of the clock.
  const near = wanted - ahead(wanted)
  return new Date(wanted - ahead(near)).toISOString()
}

export interface LocalTime {
  /** `2026-03-30` */
  date: string
  /** `09:00`, or `09:00:30` */
  time: string
}

export function localTime(at: string | number, zone: string): LocalTime {
  const parts = new Map(
    partsFormat(zone)
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  const second = part('second')
  const seconds = second === '00' ? '' : `:${second}`
  return {
    date: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}${seconds}`,
  }
}
