// Converts the run filter to the form of the server and of saved views, and checks whether a run matches it.

import type { RunFilterInput, RunRowFragment, RunViewFragment } from '@flowmason/graphql'
import {
  type RunSearch,
  environmentsOf,
  joined,
  listOf,
  readSearch,
  spanOf,
  spans,
  statusesOf,
  units,
} from './run-search.ts'

/** The shortest notation of a time span. */
function wordOf(seconds: number): string {
  const known = spans.find((each) => each.seconds === seconds)
  if (known) return known.id
  const [unit, [size]] = Object.entries(units).find(([, [each]]) => seconds % each === 0) ?? ['s', [1]]
  return `${seconds / size}${unit}`
}

const moment = (value: string, now: number): string => {
  const span = spanOf(value)
  // Rounded to the minute, so that the same filter gives the same query for a while.
  const at = span ? Math.floor((now - span.seconds * 1000) / 60_000) * 60_000 : Date.parse(value)
  return new Date(at).toISOString()
}

export function toFilter(search: RunSearch, now: number): RunFilterInput | null {
  const filter: RunFilterInput = {}
  if (search.q) filter.text = search.q.trim()
  if (search.status) filter.status = statusesOf(search.status)
  if (search.notStatus) filter.notStatus = statusesOf(search.notStatus)
  if (search.pipeline) filter.pipelineIds = listOf(search.pipeline)
  if (search.notPipeline) filter.notPipelineIds = listOf(search.notPipeline)
  if (search.environment) filter.environments = environmentsOf(search.environment)
  if (search.since) filter.since = moment(search.since, now)
  if (search.until) filter.until = moment(search.until, now)
  return Object.keys(filter).length > 0 ? filter : null
}

/** The filter in the form of a saved view: relative times stay relative to the time the view is opened. */
export function toView(search: RunSearch): RunFilterInput {
  const span = spanOf(search.since)
  if (!span) return toFilter(search, 0) ?? {}
  const { since: _, ...rest } = search
  return { ...toFilter(rest, 0), lastSeconds: span.seconds }
}

/** The search parameters of a saved view. */
export function fromView({ filter }: RunViewFragment): RunSearch {
  return readSearch({
    q: filter.text ?? undefined,
    status: joined(filter.status),
    notStatus: joined(filter.notStatus),
    pipeline: joined(filter.pipelineIds),
    notPipeline: joined(filter.notPipelineIds),
    environment: joined(filter.environments),
    since: filter.lastSeconds ? wordOf(filter.lastSeconds) : (filter.since ?? undefined),
    until: filter.until ?? undefined,
  })
}

const folded = (value: string) => value.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

/** Whether a run from the live feed matches the filter; the server decides again when the list is loaded. */
export function belongs(run: RunRowFragment, filter: RunFilterInput | null): boolean {
  if (!filter) return true
  const at = Date.parse(run.createdAt)
  if (filter.status?.length && !filter.status.includes(run.status)) return false
  if (filter.notStatus?.includes(run.status)) return false
  if (filter.pipelineIds?.length && !filter.pipelineIds.includes(run.pipeline.id)) return false
  if (filter.notPipelineIds?.includes(run.pipeline.id)) return false
  if (filter.environments?.length && !filter.environments.includes(run.environment)) return false
  if (filter.since && at < Date.parse(filter.since)) return false
  if (filter.until && at >= Date.parse(filter.until)) return false
  if (!filter.text) return true
  const { code, message, stage } = run.error ?? {}
  const wanted = folded(filter.text)
  const places = [run.id, run.pipeline.name, run.startedBy.name, code, message, stage]
  return places.some((each) => each && folded(each).includes(wanted))
}

/** Inverts a condition: is, is not. */
export function turned(search: RunSearch, what: 'status' | 'pipeline'): RunSearch {
  const not = what === 'status' ? ('notStatus' as const) : ('notPipeline' as const)
  const { [what]: is, [not]: isNot, ...rest } = search
  return { ...rest, ...(isNot ? { [what]: isNot } : {}), ...(is ? { [not]: is } : {}) }
}
