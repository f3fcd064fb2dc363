// The filter of the runs page: as it stands in the address, as the server takes it, and in words. Lists are joined by
// commas, so that an address stays readable: `/runs?status=FAILED,CANCELLED&since=24h`.

import type { RunFilterInput, RunRowFragment, RunStatus, RunViewFragment } from '@flowmason/graphql'

export const runStatuses: readonly RunStatus[] = ['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED']

export interface RunSearch {
  q?: string
  status?: string
  notStatus?: string
  pipeline?: string
  notPipeline?: string
  /** `1h`, `24h`, `7d`, `30d`, or a moment. */
  since?: string
  until?: string
}

const HOUR = 3_600_000
export const spans: readonly { id: string; words: string; ms: number }[] = [
  { id: '1h', words: 'Last hour', ms: HOUR },
  { id: '24h', words: 'Last 24 hours', ms: 24 * HOUR },
  { id: '7d', words: 'Last 7 days', ms: 7 * 24 * HOUR },
  { id: '30d', words: 'Last 30 days', ms: 30 * 24 * HOUR },
]

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined

export const listOf = (value: string | undefined): string[] => (value ? value.split(',').filter(Boolean) : [])
const joined = (list: readonly string[]): string | undefined => (list.length > 0 ? list.join(',') : undefined)

const statusesOf = (value: unknown): RunStatus[] => {
  const named = listOf(text(value)).map((each) => each.toUpperCase())
  return runStatuses.filter((each) => named.includes(each))
}
const momentOf = (value: unknown): string | undefined => {
  const word = text(value)
  if (word === undefined) return undefined
  return spans.some((span) => span.id === word) || !Number.isNaN(Date.parse(word)) ? word : undefined
}

/** What of an address is a filter; anything else in it is left out. */
export function readSearch(search: Record<string, unknown>): RunSearch {
  const read = {
    q: text(search['q']),
    status: joined(statusesOf(search['status'])),
    notStatus: joined(statusesOf(search['notStatus'])),
    pipeline: joined(listOf(text(search['pipeline']))),
    notPipeline: joined(listOf(text(search['notPipeline']))),
    since: momentOf(search['since']),
    until: momentOf(search['until']),
  }
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined))
}

export const isFiltered = (search: RunSearch): boolean => Object.keys(readSearch({ ...search })).length > 0

const moment = (value: string, now: number): string => {
  const span = spans.find((each) => each.id === value)
  // To the minute, so that the same filter asks the same question for a while.
  return new Date(span ? Math.floor((now - span.ms) / 60_000) * 60_000 : Date.parse(value)).toISOString()
}

export function toFilter(search: RunSearch, now: number): RunFilterInput | null {
  const filter: RunFilterInput = {}
  if (search.q) filter.text = search.q.trim()
  if (search.status) filter.status = statusesOf(search.status)
  if (search.notStatus) filter.notStatus = statusesOf(search.notStatus)
  if (search.pipeline) filter.pipelineIds = listOf(search.pipeline)
  if (search.notPipeline) filter.notPipelineIds = listOf(search.notPipeline)
  if (search.since) filter.since = moment(search.since, now)
  if (search.until) filter.until = moment(search.until, now)
  return Object.keys(filter).length > 0 ? filter : null
}

/** The address of a saved view. */
export function fromView({ filter }: RunViewFragment): RunSearch {
  return readSearch({
    q: filter.text ?? undefined,
    status: joined(filter.status),
    notStatus: joined(filter.notStatus),
    pipeline: joined(filter.pipelineIds),
    notPipeline: joined(filter.notPipelineIds),
    since: filter.since ?? undefined,
    until: filter.until ?? undefined,
  })
}

const folded = (value: string) => value.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

/** Whether a run that was heard of belongs to the list; the server decides again when the list is asked for. */
export function belongs(run: RunRowFragment, filter: RunFilterInput | null): boolean {
  if (!filter) return true
  const at = Date.parse(run.createdAt)
  if (filter.status?.length && !filter.status.includes(run.status)) return false
  if (filter.notStatus?.includes(run.status)) return false
  if (filter.pipelineIds?.length && !filter.pipelineIds.includes(run.pipeline.id)) return false
  if (filter.notPipelineIds?.includes(run.pipeline.id)) return false
  if (filter.since && at < Date.parse(filter.since)) return false
  if (filter.until && at >= Date.parse(filter.until)) return false
  if (!filter.text) return true
  const { code, message, stage } = run.error ?? {}
  const wanted = folded(filter.text)
  const places = [run.id, run.pipeline.name, run.startedBy.name, code, message, stage]
  return places.some((each) => each && folded(each).includes(wanted))
}

/** Turns a condition around: is, is not. */
export function turned(search: RunSearch, what: 'status' | 'pipeline'): RunSearch {
  const not = what === 'status' ? ('notStatus' as const) : ('notPipeline' as const)
  const { [what]: is, [not]: isNot, ...rest } = search
  return { ...rest, ...(isNot ? { [what]: isNot } : {}), ...(is ? { [not]: is } : {}) }
}
