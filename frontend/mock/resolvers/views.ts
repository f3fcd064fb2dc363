// Pipelines and runs in the form of the schema, which refer to each other.

import { differenceOf } from '../difference.ts'
import { type Filtered, type RunFilter, meant } from '../filter.ts'
import { readSource } from '../language.ts'
import { nextOf, wordsOf } from '../schedule.ts'
import { Problem, type Store, type StoredDraft, type StoredPublication, type StoredTrigger, sha256 } from '../store.ts'
import { cutBody, runValue, wholeValue } from '../values.ts'
import { type Args, type Filter, connection } from './shared.ts'

export const versionOf = (
  pipeline: { id: string; versions?: readonly { number: number; source: string }[] },
  stored: { number: number; source: string; createdAt: string; note?: string | null },
) => {
  const read = readSource(stored.source)
  return {
    __typename: 'PipelineVersion',
    id: `${pipeline.id.replace('pipe', 'ver')}${stored.number}`,
    number: stored.number,
    createdAt: stored.createdAt,
    author: { kind: 'user', name: 'Ada' },
    name: (read.document['name'] as string | undefined) ?? 'pipeline',
    note: stored.note ?? null,
    sha256: sha256(stored.source),
    source: stored.source,
    inputSchema: read.document['input_schema'] ?? null,
    sampleInput: read.document['sample_input'] ?? null,
    stages: read.stages,
    problems: read.problems,
    changesFrom: ({ version }: { version: number }) =>
      differenceOf(pipeline.versions?.find((each) => each.number === version)?.source ?? '{}', stored.source),
  }
}
export type StoredPipeline = ReturnType<Store['pipeline']>
export type StoredRun = ReturnType<Store['run']>
export const pipelineOf = (store: Store, stored: StoredPipeline): Record<string, unknown> & { id: string } => {
  const last = stored.versions.at(-1) ?? { number: 1, source: '{}', createdAt: stored.createdAt }
  return {
    __typename: 'Pipeline',
    id: stored.id,
    name: stored.name,
    shortId: stored.id.slice(-8),
    slug: `${stored.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${stored.id.slice(-8)}`,
    nameSource: stored.given ? 'GIVEN' : 'DOCUMENT',
    deletedAt: stored.deletedAt ?? null,
    deletedBy: stored.deletedAt ? store.data.user.name || 'Ada' : null,
    restorableUntil: stored.deletedAt ? new Date(Date.parse(stored.deletedAt) + 30 * 86_400_000).toISOString() : null,
    description: readSource(last.source).document['description'] ?? '',
    createdAt: stored.createdAt,
    updatedAt: last.createdAt,
    latestVersion: () => versionOf(stored, last),
    versions: (args: Args) =>
      connection(
        stored.versions.toReversed().map((each) => versionOf(stored, each)),
        args,
      ),
    version: ({ number }: { number: number }) => {
      const found = stored.versions[number - 1]
      if (!found) throw new Problem('NOT_FOUND', `${stored.name} has no version ${number}.`)
      return versionOf(stored, found)
    },
    draft: () => {
      const draft = store.data.drafts?.find((each) => each.pipelineId === stored.id)
      return draft ? draftOf(store, draft) : null
    },
    folder: () => store.data.folders?.find((each) => each.id === stored.folderId) ?? null,
    toolEnvironment: stored.toolEnvironment ?? null,
    published: ({ environment }: { environment: string }) => {
      const is = (each: StoredPublication) => each.status === 'PUBLISHED' && each.environment === environment
      const found = publicationsOf(store, stored.id).find(is)
      return found ? publicationOf(store, found) : null
    },
    publications: ({ environment }: { environment?: string | null }) =>
      publicationsOf(store, stored.id)
        .filter((each) => !environment || each.environment === environment)
        .map((each) => publicationOf(store, each)),
    triggers: ({ environment }: { environment?: string | null }) =>
      (store.data.triggers ?? [])
        .filter((each) => each.pipelineId === stored.id && (!environment || each.environment === environment))
        .map((each) => triggerOf(store, each)),
    runs: (args: Args) => connection(runsOf(store, { pipelineId: stored.id }), args),
    lastRun: () => runsOf(store, { pipelineId: stored.id })[0] ?? null,
  }
}
/** The draft of the next version. */
export const draftOf = (store: Store, stored: StoredDraft): Record<string, unknown> => {
  const pipeline = store.pipeline(stored.pipelineId)
  const base = pipeline.versions[stored.base - 1] ?? { number: 1, source: '{}', createdAt: pipeline.createdAt }
  const author = { kind: 'user', name: store.data.user.name || 'Ada' }
  const source = stored.texts.at(-1) ?? base.source
  return {
    __typename: 'Draft',
    pipeline: () => pipelineOf(store, pipeline),
    revision: stored.texts.length - 1,
    oldestRevision: 0,
    baseVersion: versionOf(pipeline, base),
    behind: pipeline.versions.length > stored.base,
    source,
    changesFrom: ({ version }: { version?: number | null }) =>
      differenceOf((version ? pipeline.versions[version - 1] : base)?.source ?? '{}', source),
    unsaved: stored.unsaved > 0 ? [{ author, own: true, changes: stored.unsaved }] : [],
    updatedAt: stored.updatedAt,
    updatedBy: author,
    changes: [],
    history: { canUndo: stored.undo.length > 0, canRedo: stored.redo.length > 0 },
    problems: () => readSource(source).problems,
    stages: () => readSource(source).stages,
    pins: stored.pins ?? [],
    runs: ({ first }: { first?: number | null }) =>
      runsOf(store, { pipelineId: stored.pipelineId })
        .filter((run) => run['draftRevision'] !== null)
        .slice(0, first ?? 20),
    readable: ({ stage }: { stage: string }) => readableIn(source, stage),
    filled: ({ texts }: { texts: readonly { text: string }[] }) => ({ run: null, values: texts.map(unfilled) }),
    explanation: () => `It has ${readSource(source).stages.length} stages, which run one after the other.`,
    advice: () => adviceOf(source),
  }
}
/** Nothing is evaluated here. */
const unfilled = ({ text }: { text: string }) => ({
  computed: text.includes('{{'),
  value: null,
  json: false,
  truncated: false,
  missing: [],
  problem: null,
})
/** The program has rules (crates/engine/src/advice); the mock has one. */
const adviceOf = (source: string) =>
  readSource(source)
    .stages.filter(({ component }) => component === 'generator')
    .slice(0, 1)
    .map(({ id }) => ({
      rule: 'missing_retry',
      severity: 'SUGGESTION',
      message: `The model call of \`${id}\` is not repeated when it fails for a moment.`,
      stage: id,
      edits: [{ op: 'setField', stage: id, path: ['retry_config'], value: { max_retries: 2 } }],
    }))
/** The input, and the stages that a stage waits for. The program knows more. */
const readableIn = (source: string, id: string) => {
  const waitsFor = readSource(source).stages.find((each) => each.id === id)?.dependsOn ?? []
  const outputs = waitsFor.map((stage) => ({ text: `upstream.${stage}`, stage, about: '' }))
  return [{ text: 'input', stage: null, about: 'The input of the run.' }, ...outputs]
}
export const triggerOf = (store: Store, stored: StoredTrigger) => {
  const { definition, enabledAt } = stored
  return {
    __typename: 'Trigger',
    id: stored.id,
    pipeline: () => pipelineOf(store, store.pipeline(stored.pipelineId)),
    environment: stored.environment,
    name: definition['name'] ?? 'schedule',
    description: definition['description'] ?? '',
    kind: 'SCHEDULE',
    origin: stored.origin,
    enabled: enabledAt !== null,
    enabledBy: enabledAt ? { kind: 'user', name: store.data.user.name || 'Ada' } : null,
    enabledAt,
    definition,
    words: wordsOf(definition),
    timezone: definition['timezone'] ?? 'UTC',
    next: ({ count }: { count?: number | null }) => nextOf(definition, count ?? 5),
    probe: null,
    backfills: (stored.backfills ?? []).map(({ stopped, ...range }) => ({
      ...range,
      status: stopped ? 'STOPPED' : 'RUNNING',
      planned: 1,
      known: 0,
      pending: stopped ? 0 : 1,
      fired: 0,
      refused: 0,
      requestedBy: store.data.user.name || 'Ada',
    })),
    firings: ({ first }: { first?: number | null }) =>
      stored.firings
        .slice(0, first ?? 20)
        .map(({ runId, ...firing }) => ({ ...firing, run: () => (runId ? runOf(store, store.run(runId)) : null) })),
    problem: null,
  }
}
const WEEK_MS = 7 * 86_400_000
/** The publications of a pipeline, the newest first. */
const publicationsOf = (store: Store, pipelineId: string) =>
  (store.data.publications ?? []).filter((each) => each.pipelineId === pipelineId).toReversed()
export const publicationOf = (store: Store, stored: StoredPublication) => {
  const pipeline = store.pipeline(stored.pipelineId)
  const version = pipeline.versions[stored.version - 1] ?? { number: 1, source: '{}', createdAt: pipeline.createdAt }
  return {
    __typename: 'Publication',
    id: stored.id,
    pipeline: () => pipelineOf(store, pipeline),
    environment: stored.environment,
    version: () => versionOf(pipeline, version),
    status: stored.status,
    requestedBy: { kind: 'user', name: store.data.user.name || 'Ada' },
    requestedByViewer: true,
    requestedAt: stored.requestedAt,
    expiresAt: stored.status === 'REQUESTED' ? new Date(Date.parse(stored.requestedAt) + WEEK_MS).toISOString() : null,
    decidedBy: stored.decidedBy,
    decidedAt: stored.decidedAt,
  }
}
export const runOf = (store: Store, stored: StoredRun): Record<string, unknown> & { id: string } => {
  const pipeline = store.pipeline(stored.pipelineId)
  const base = pipeline.versions[stored.version - 1] ?? { number: 1, source: '{}', createdAt: pipeline.createdAt }
  const version = { ...base, source: store.sourceOf(stored) }
  const { events, status, started, finished, done } = store.stateOf(stored)
  const sums = { calls: 0, promptTokens: 0, completionTokens: 0, costUsd: 0 }
  for (const { body } of events) {
    const usage = body['usage'] as
      | { calls: number; prompt_tokens: number; completion_tokens: number; cost: number }
      | undefined
    sums.calls += usage?.calls ?? 0
    sums.promptTokens += usage?.prompt_tokens ?? 0
    sums.completionTokens += usage?.completion_tokens ?? 0
    sums.costUsd += (usage?.cost ?? 0) / 1e6
  }
  return {
    __typename: 'Run',
    id: stored.id,
    status,
    createdAt: new Date(stored.createdAt).toISOString(),
    startedAt: started?.at ?? null,
    finishedAt: finished?.at ?? null,
    environment: stored.environment ?? 'DEVELOPMENT',
    pipeline: () => pipelineOf(store, pipeline),
    version: () => versionOf(pipeline, version),
    startedBy: stored.startedBy,
    stagesTotal: readSource(version.source).stages.length,
    stagesDone: done,
    input: wholeValue(stored.input),
    inputValue: runValue(stored.input, `/api/runs/${stored.id}/input`),
    output: wholeValue(finished?.body['output']),
    outputValue: runValue(finished?.body['output'], `/api/runs/${stored.id}/output`),
    error: finished?.body['error'] ?? null,
    usage: sums,
    lastSeq: events.length,
    draftRevision: stored.draft?.revision ?? null,
    retriedFrom: () => (stored.retriedFrom ? runOf(store, store.run(stored.retriedFrom)) : null),
    // The mock retries whole runs only.
    onlyStage: null,
    stagesReused: 0,
    events: () => events.map((event) => ({ ...event, body: cutBody(event.body) })),
    stages: () => stageRuns(stored.id, events, readSource(version.source).stages),
    stage: ({ address }: { address: string }) =>
      stageRuns(stored.id, events, readSource(version.source).stages).find((each) => each['address'] === address) ??
      null,
  }
}
const factsOf = (store: Store, stored: StoredRun): Filtered & { took: number | null } => {
  const { status, started, finished } = store.stateOf(stored)
  return {
    id: stored.id,
    status,
    pipelineId: stored.pipelineId,
    pipelineName: store.pipeline(stored.pipelineId).name,
    environment: stored.environment ?? 'DEVELOPMENT',
    createdAt: stored.createdAt,
    error: (finished?.body['error'] as Filtered['error']) ?? null,
    startedBy: stored.startedBy.name,
    took: started && finished ? finished.time - started.time : null,
  }
}
export const matchingRuns = (store: Store, filter: RunFilter | null | undefined) =>
  store.data.runs.map((run) => factsOf(store, run)).filter((run) => meant(run, filter))
export const runsOf = (store: Store, { pipelineId, status, filter }: Filter) =>
  store.data.runs
    .filter((run) => !pipelineId || run.pipelineId === pipelineId)
    .filter((run) => meant(factsOf(store, run), filter))
    .toReversed()
    .map((run) => runOf(store, run))
    .filter((run) => !status?.length || status.includes(run['status'] as string))

export function stageRuns(
  runId: string,
  events: ReturnType<Store['eventsOf']>,
  stages: ReturnType<typeof readSource>['stages'],
) {
  const runs = new Map<string, Record<string, unknown>>()
  for (const event of events) {
    if (!event.stage) continue
    const id = event.stage.split('/').at(-1) ?? event.stage
    const run = runs.get(event.stage) ?? {
      address: event.stage,
      stage: id,
      component: stages.find((stage) => stage.id === id)?.component ?? '',
      status: 'QUEUED',
      startedAt: null,
      finishedAt: null,
      attempts: [],
      input: { prompt: `Input of ${event.stage}`, temperature: 0.4 },
      output: null,
      error: null,
      skipReason: null,
      waitingUntil: null,
      logs: [],
      usage: null,
    }
    if (event.type === 'stage.started') Object.assign(run, { status: 'RUNNING', startedAt: event.at })
    if (event.type === 'stage.succeeded')
      Object.assign(run, { status: 'SUCCEEDED', finishedAt: event.at, output: event.body['output'] })
    if (event.type === 'stage.failed')
      Object.assign(run, { status: 'FAILED', finishedAt: event.at, error: event.body['error'] })
    if (event.type === 'stage.skipped')
      Object.assign(run, { status: 'SKIPPED', finishedAt: event.at, skipReason: event.body['reason'], input: null })
    runs.set(event.stage, run)
  }
  return [...runs.values()].map((run): Record<string, unknown> => {
    const at = `?stage=${encodeURIComponent(String(run['address']))}`
    return {
      ...run,
      input: wholeValue(run['input']),
      inputValue: runValue(run['input'], `/api/runs/${runId}/input${at}`),
      output: wholeValue(run['output']),
      outputValue: runValue(run['output'], `/api/runs/${runId}/output${at}`),
      whole: { input: run['input'], output: run['output'] },
    }
  })
}
