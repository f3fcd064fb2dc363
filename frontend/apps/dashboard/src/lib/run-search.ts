// The filter of the runs page in the URL. Lists are joined by commas, so that the URL stays readable:
// `/runs?status=FAILED,CANCELLED&since=24h`.

import type { Environment, RunStatus } from '@flowmason/graphql'

export const runStatuses: readonly RunStatus[] = ['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED']

export const environments: readonly Environment[] = ['DEVELOPMENT', 'STAGING', 'PRODUCTION']

export interface RunSearch {
  q?: string
  status?: string
  notStatus?: string
  pipeline?: string
  notPipeline?: string
  environment?: string
  /** A time span that ends now, such as `24h` or `7d`, or a point in time. */
  since?: string
  until?: string
}

interface Span {
  id: string
  words: string
  seconds: number
}

const HOUR = 3600
/** The spans offered in the menu; a URL or a saved view may have any other. */
export const spans: readonly Span[] = [
  { id: '1h', words: 'Last hour', seconds: HOUR },
  { id: '24h', words: 'Last 24 hours', seconds: 24 * HOUR },
  { id: '7d', words: 'Last 7 days', seconds: 7 * 24 * HOUR },
  { id: '30d', words: 'Last 30 days', seconds: 30 * 24 * HOUR },
]
export const units = { d: [24 * HOUR, 'days'], h: [HOUR, 'hours'], m: [60, 'minutes'], s: [1, 'seconds'] } as const

/** Parses a span such as `24h` or `90m`; undefined for a point in time. */
export function spanOf(word: string | undefined): Span | undefined {
  const known = spans.find((each) => each.id === word)
  if (known || word === undefined) return known
  const [, number = '', unit = ''] = /^([1-9]\d{0,7})([dhms])$/.exec(word) ?? []
  if (!(unit in units)) return undefined
  const [seconds, words] = units[unit as keyof typeof units]
  return { id: word, words: `Last ${number} ${words}`, seconds: Number(number) * seconds }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined

export const listOf = (value: string | undefined): string[] => (value ? value.split(',').filter(Boolean) : [])
export const joined = (list: readonly string[]): string | undefined => (list.length > 0 ? list.join(',') : undefined)

export const statusesOf = (value: unknown): RunStatus[] => {
  const named = listOf(text(value)).map((each) => each.toUpperCase())
  return runStatuses.filter((each) => named.includes(each))
}
export const environmentsOf = (value: unknown): Environment[] => {
  const named = listOf(text(value)).map((each) => each.toUpperCase())
  return environments.filter((each) => named.includes(each))
}
const momentOf = (value: unknown): string | undefined => {
  const word = text(value)
  if (word === undefined) return undefined
  return spanOf(word) || !Number.isNaN(Date.parse(word)) ? word : undefined
}

/** The names of the filters in the URL. */
const NAMES = ['q', 'status', 'notStatus', 'pipeline', 'notPipeline', 'environment', 'since', 'until'] as const

/** An unknown part of a URL: a value of a filter, or a whole parameter. */
export interface UnknownFilter {
  name: string
  value: string
  /** The allowed values, if there are few. */
  allowed?: string
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The unknown parts of a URL. They are reported, because ignoring them lists more runs than intended. */
export function unknownIn(search: Record<string, unknown>): UnknownFilter[] {
  const found: UnknownFilter[] = []
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === '' || name === 'after') continue
    if (!NAMES.some((each) => each === name)) found.push({ name, value: shown(value) })
    else if (name === 'status' || name === 'notStatus') {
      const unknown = listOf(shown(value)).filter((each) => statusesOf(each).length === 0)
      const allowed = runStatuses.join(', ')
      if (unknown.length > 0) found.push({ name, value: unknown.join(','), allowed })
    } else if (name === 'environment') {
      const unknown = listOf(shown(value)).filter((each) => environmentsOf(each).length === 0)
      if (unknown.length > 0) found.push({ name, value: unknown.join(','), allowed: environments.join(', ') })
    } else if (name === 'since' || name === 'until') {
      if (momentOf(value) === undefined)
        found.push({
          name,
          value: shown(value),
          allowed: 'a span such as 24h or 7d, or a time such as 2026-11-28T09:00Z',
        })
    } else if (typeof value !== 'string') found.push({ name, value: shown(value) })
  }
  return found
}

/** The valid filter in a URL; everything else is dropped. */
export function readSearch(search: Record<string, unknown>): RunSearch {
  const read = {
    q: text(search['q']),
    status: joined(statusesOf(search['status'])),
    notStatus: joined(statusesOf(search['notStatus'])),
    pipeline: joined(listOf(text(search['pipeline']))),
    notPipeline: joined(listOf(text(search['notPipeline']))),
    environment: joined(environmentsOf(search['environment'])),
    since: momentOf(search['since']),
    until: momentOf(search['until']),
  }
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined))
}

export const isFiltered = (search: RunSearch): boolean => Object.keys(readSearch({ ...search })).length > 0
