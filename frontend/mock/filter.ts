// The run filter of lists, counts and trends.

export interface RunFilter {
  text?: string | null
  status?: string[] | null
  notStatus?: string[] | null
  ids?: string[] | null
  pipelineIds?: string[] | null
  notPipelineIds?: string[] | null
  environments?: string[] | null
  since?: string | null
  until?: string | null
  lastSeconds?: number | null
}

export interface Filtered {
  id: string
  status: string
  pipelineId: string
  pipelineName: string
  environment: string
  createdAt: number
  error: { code?: string; message?: string; stage?: string } | null
  startedBy: string
}

const folded = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

export function meant(run: Filtered, filter: RunFilter | null | undefined): boolean {
  if (!filter) return true
  const { text, status, notStatus, ids, pipelineIds, notPipelineIds, environments, since, until, lastSeconds } = filter
  if (status?.length && !status.includes(run.status)) return false
  if (notStatus?.length && notStatus.includes(run.status)) return false
  if (ids?.length && !ids.includes(run.id)) return false
  if (lastSeconds && run.createdAt < Date.now() - lastSeconds * 1000) return false
  if (pipelineIds?.length && !pipelineIds.includes(run.pipelineId)) return false
  if (notPipelineIds?.length && notPipelineIds.includes(run.pipelineId)) return false
  if (environments?.length && !environments.includes(run.environment)) return false
  if (since && run.createdAt < Date.parse(since)) return false
  if (until && run.createdAt >= Date.parse(until)) return false
  if (!text) return true
  const { code = '', message = '', stage = '' } = run.error ?? {}
  const wanted = folded(text)
  return [run.id, run.pipelineName, run.startedBy, code, message, stage].some((each) => folded(each).includes(wanted))
}

const HOUR = 3_600_000

export function trendOf(runs: readonly (Filtered & { took: number | null })[], span: string) {
  const [size, count] = span === 'LAST_24_HOURS' ? [HOUR, 24] : [24 * HOUR, 30]
  const last = Math.floor(Date.now() / size) * size
  return Array.from({ length: count }, (_, index) => {
    const start = last - (count - 1 - index) * size
    const own = runs.filter((run) => run.createdAt >= start && run.createdAt < start + size)
    const of = (...states: string[]) => own.filter((run) => states.includes(run.status)).length
    const times = own.flatMap((run) => (run.took === null ? [] : [run.took])).toSorted((a, b) => a - b)
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? null
    return {
      start: new Date(start).toISOString(),
      succeeded: of('SUCCEEDED'),
      failed: of('FAILED'),
      cancelled: of('CANCELLED'),
      open: of('QUEUED', 'RUNNING', 'WAITING'),
      p50Ms: at(0.5),
      p95Ms: at(0.95),
    }
  })
}
