// Runs: list, count, start, cancel, retry, follow.

import { setTimeout as sleep } from 'node:timers/promises'
import { type RunFilter, trendOf } from '../filter.ts'
import { readSource } from '../language.ts'
import { Problem, type Store } from '../store.ts'
import { cutBody } from '../values.ts'
import { type Filter, type Mock, connection } from './shared.ts'
import { type StoredPipeline, type StoredRun, matchingRuns, runOf, runsOf } from './views.ts'

/** Parses plain CSV without quotation marks. A column is numeric if all its cells are. */
const rowsOfCsv = (text: string): Record<string, unknown>[] => {
  const [names = [], ...rows] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  const numbers = names.map((_, at) => rows.every((row) => row[at] !== '' && Number.isFinite(Number(row[at]))))
  return rows.map((row) =>
    Object.fromEntries(names.map((name, at) => [name, numbers[at] ? Number(row[at]) : (row[at] ?? '')])),
  )
}

const parseFile = ({ name, text }: { name: string; text: string }): Record<string, unknown> => {
  if (name.endsWith('.csv')) return { rows: rowsOfCsv(text) }
  if (!name.endsWith('.json')) return { text }
  const value = JSON.parse(text) as unknown
  return Array.isArray(value) ? { rows: value } : (value as Record<string, unknown>)
}

const remarksOf = (sent: { guessed: string | null } | undefined) =>
  sent?.guessed
    ? [{ code: 'CHARSET_GUESSED', message: `The file is not UTF-8; it was read as ${sent.guessed}.`, place: null }]
    : []

/** The version to run: any in development, else the published one. */
function versionToRun(store: Store, pipeline: StoredPipeline, environment: string, asked?: number | null): number {
  if (environment === 'DEVELOPMENT') return asked ?? pipeline.versions.length
  const published = store.data.publications?.findLast(
    (each) => each.pipelineId === pipeline.id && each.environment === environment && each.status === 'PUBLISHED',
  )
  const where = environment.toLowerCase()
  if (!published) throw new Problem('NOT_PUBLISHED', `No version of the pipeline is published to ${where}.`)
  if (asked && asked !== published.version)
    throw new Problem('NOT_PUBLISHED', `Only the published version runs in ${where}, which is ${published.version}.`)
  return published.version
}

export const runs = ({ store, wait }: Mock) => ({
  runs: async (args: Filter) => (await wait(), connection(runsOf(store, args), args)),
  run: async ({ id }: { id: string }) => (await wait(), runOf(store, store.run(id))),
  runCounts: async ({ filter }: { filter?: RunFilter | null }) => {
    await wait()
    const found = matchingRuns(store, filter)
    const of = (status: string) => found.filter((run) => run.status === status).length
    return {
      queued: of('QUEUED'),
      running: of('RUNNING'),
      waiting: of('WAITING'),
      succeeded: of('SUCCEEDED'),
      failed: of('FAILED'),
      cancelled: of('CANCELLED'),
      total: found.length,
      complete: true,
    }
  },
  runTrend: async ({ span, filter }: { span: string; filter?: RunFilter | null }) => {
    await wait()
    return {
      complete: true,
      buckets: trendOf(matchingRuns(store, { ...filter, text: null, since: null, until: null }), span),
    }
  },
  previewInput: async ({ inputUpload }: { inputUpload: string }) => {
    await wait()
    const sent = store.uploads.get(inputUpload)
    if (!sent) throw new Problem('NOT_FOUND', 'There is no such upload.')
    const value = parseFile(sent)
    const text = JSON.stringify(value)
    return {
      start: text.slice(0, 4000),
      bytes: Buffer.byteLength(text),
      rows: Array.isArray(value['rows']) ? value['rows'].length : null,
      remarks: remarksOf(sent),
    }
  },
  startRun: ({
    input,
  }: {
    input: {
      pipelineId: string
      versionNumber?: number | null
      environment?: string | null
      input?: Record<string, unknown>
      inputFile?: { name: string; text: string }
      inputUpload?: string
    }
  }) => {
    const pipeline = store.pipeline(input.pipelineId)
    const environment = input.environment ?? 'DEVELOPMENT'
    const number = versionToRun(store, pipeline, environment, input.versionNumber)
    const read = readSource(pipeline.versions[number - 1]?.source ?? '{}')
    const sent = input.inputUpload ? store.uploads.get(input.inputUpload) : undefined
    const file = input.inputFile ?? sent
    const value = file ? parseFile(file) : (input.input ?? {})
    const remarks = remarksOf(sent)
    for (const name of (read.document['input_schema'] as { required?: string[] } | undefined)?.required ?? []) {
      if (!(name in value))
        throw new Problem('INPUT_INVALID', `The input has no field \`${name}\`, which the pipeline requires.`)
    }
    return { run: runOf(store, store.startRun(pipeline, number, value, null, environment)), remarks }
  },
  cancelRun: ({ input }: { input: { runId: string } }) => ({ run: runOf(store, store.cancel(input.runId)) }),
  retryRun: ({ input }: { input: { runId: string } }) => {
    const old = store.run(input.runId)
    const pipeline = store.pipeline(old.pipelineId)
    return { run: runOf(store, store.startRun(pipeline, old.version, old.input, old.id, old.environment)) }
  },
  async *runEvents({ runId, after }: { runId: string; after: number }) {
    const run = store.run(runId)
    let last = after
    let chunksUntil = Date.now() - 1
    for (;;) {
      const now = Date.now()
      for (const event of store.eventsOf(run, now)) {
        if (event.seq <= last) continue
        last = event.seq
        yield { runEvents: { ...event, body: cutBody(event.body) } }
        if (event.type === 'run.finished') return
      }
      for (const { at, chunk } of store.script(run).chunks) {
        const time = run.createdAt + at
        if (time > chunksUntil && time <= now) yield { runEvents: { __typename: 'TokenChunk', ...chunk } }
      }
      chunksUntil = now
      await sleep(40)
    }
  },
  async *runFeed() {
    const queue: StoredRun[] = []
    let wake = () => {}
    const listener = (run: StoredRun) => {
      queue.push(run)
      wake()
    }
    store.listeners.add(listener)
    try {
      for (;;) {
        const run = queue.shift()
        if (run) yield { runFeed: runOf(store, run) }
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      store.listeners.delete(listener)
    }
  },
})
