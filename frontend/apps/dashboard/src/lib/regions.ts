// The locales and time zones from which a person chooses.

export interface RegionChoice {
  value: string
  label: string
}

const LOCALES = ['en-US', 'en-GB', 'de-DE', 'de-AT', 'de-CH'] as const

/** The name of a locale, such as “Deutsch (Österreich)”, in its own language. */
export function localeName(locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(locale) ?? locale
  } catch {
    return locale
  }
}

/** The locales with letters in their language, those of the browser, and the chosen one. */
export function localeChoices(browser: readonly string[], chosen: string | null): RegionChoice[] {
  const all = new Set([...LOCALES, ...browser, ...(chosen ? [chosen] : [])])
  return [...all]
    .map((value) => ({ value, label: localeName(value) }))
    .toSorted((a, b) => a.label.localeCompare(b.label))
}

/** The zones that the browser knows, and the chosen one. */
export function zoneChoices(known: readonly string[], chosen: string | null): RegionChoice[] {
  const all = new Set(['UTC', ...known, ...(chosen ? [chosen] : [])])
  return [...all].toSorted().map((value) => ({ value, label: value.replaceAll('_', ' ') }))
}
