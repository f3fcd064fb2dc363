// The locale and the time zone in which dates are shown: those that the person has chosen, else the browser's.

import { useSyncExternalStore } from 'react'

interface Region {
  locale: string | undefined
  timeZone: string | undefined
}

let region: Region = { locale: undefined, timeZone: undefined }
const made = new Map<string, Intl.DateTimeFormat>()
const listeners = new Set<() => void>()

/** Sets what the person has chosen; null or undefined: that of the browser. */
export function setRegion(locale: string | null | undefined, timeZone: string | null | undefined) {
  if (region.locale === (locale ?? undefined) && region.timeZone === (timeZone ?? undefined)) return
  region = { locale: locale ?? undefined, timeZone: timeZone ?? undefined }
  made.clear()
  for (const each of listeners) each()
}

/** The first that this browser knows: another browser, in which the person chose, may know more. */
function make(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const zone: Intl.DateTimeFormatOptions = region.timeZone === undefined ? {} : { timeZone: region.timeZone }
  for (const [locale, all] of [
    [region.locale, { ...zone, ...options }],
    [undefined, { ...zone, ...options }],
    [region.locale, options],
  ] as const) {
    try {
      return new Intl.DateTimeFormat(locale, all)
    } catch {
      // The locale or the zone is not known here.
    }
  }
  return new Intl.DateTimeFormat(undefined, options)
}

/** The format of dates with these options. A zone in them wins over the chosen one. */
export function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options)
  const known = made.get(key)
  if (known) return known
  const format = make(options)
  made.set(key, format)
  return format
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** Renders a component again when the person has chosen another locale or zone. */
export const useRegion = (): Region => useSyncExternalStore(subscribe, () => region)
