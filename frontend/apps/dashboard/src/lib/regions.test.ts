import { expect, test } from 'vitest'
import { localeChoices, localeName, zoneChoices } from './regions.ts'

test('a locale has its name in its own language', () => {
  expect(localeName('de-AT')).toContain('sterreich')
  expect(localeName('not a tag')).toBe('not a tag')
})

test('the locales are those with letters, those of the browser and the chosen one, each once', () => {
  const values = localeChoices(['fr', 'de-DE'], 'es-419').map((each) => each.value)
  for (const value of ['en-GB', 'de-DE', 'fr', 'es-419'])
    expect(values.filter((each) => each === value)).toHaveLength(1)
})

test('a chosen zone stays a choice in a browser that does not know it', () => {
  const values = zoneChoices(['Europe/Berlin'], 'Moon/Crater').map((each) => each.value)
  expect(values).toEqual(['Europe/Berlin', 'Moon/Crater', 'UTC'])
})
