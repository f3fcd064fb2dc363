// Answers for every field of the schema that the dashboard asks.

import { setTimeout as sleep } from 'node:timers/promises'
import * as documents from './documents.ts'
import { type Filtered, type RunFilter, meant, trendOf } from './filter.ts'
import { Problem, Store, type StoredJob, type StoredOperation, newId, sha256 } from './store.ts'
import { readSource } from './language.ts'
import { cutBody, runValue, wholeValue } from './values.ts'

interface Args {
  first?: number | null
  after?: string | null
}
interface Filter extends Args {
  pipelineId?: string | null
  status?: string[] | null
  filter?: RunFilter | null
}
export interface Slow {
  /** Every answer waits this long: for looking at skeletons. */
  delayMs: number
}

const examples = [
  { name: 'support-inbox', title: 'Support inbox', needsKey: false, document: documents.supportInbox },
  { name: 'dependency-report', title: 'Dependency report', needsKey: false, document: documents.dependencyReport },
].map(({ document, ...each }) => ({
  ...each,
  description: document.description,
  source: `${JSON.stringify(document, null, 2)}\n`,
  sampleInput: document.sample_input,
}))

const component = (
  name: string,
  kind: string,
  effect: string,
  description: string,
  properties: Record<string, object> = {},
) => ({
  name,
  kind,
  category: kind.toLowerCase(),
  effect,
  description,
  inputSchema: { type: 'object', properties, required: Object.keys(properties).slice(0, 1) },
  outputSchema: { type: 'object', properties: { result: { description: 'What came out.' } } },
})

const components = [
  component('generator', 'NODE', 'CALL', 'Writes with a model.\nThe text arrives as it is written.', {
    prompt: { type: 'string', description: 'What the model is asked.' },
    system_prompt: { type: 'string', description: 'How it should behave.' },
    temperature: { type: 'number', default: 0.7 },
  }),
  component('critic', 'NODE', 'CALL', 'Judges a text against criteria.', {
    content: { type: 'string' },
    criteria: { type: 'array' },
  }),
  component('json_transform', 'OPERATOR', 'PURE', 'Reshapes data.', {
    data: { description: 'What is reshaped.' },
    expression: { type: 'string' },
  }),
  component('filter', 'OPERATOR', 'PURE', 'Lets items through or stops them.', { items: { type: 'array' } }),
  component('aggregate', 'OPERATOR', 'PURE', 'Groups and sums.', { items: { type: 'array' } }),
  component('http_request', 'OPERATOR', 'EFFECT', 'Calls a service.', {
    url: { type: 'string' },
    method: { enum: ['GET', 'POST'], default: 'GET' },
  }),
  component('logger', 'OPERATOR', 'PURE', 'Writes a line to the log of the run.', { message: { type: 'string' } }),
  component('foreach', 'CONTROL_FLOW', 'PURE', 'Runs its stages once per item.', {
    items: { type: 'array' },
    loop_stages: { type: 'array' },
  }),
  component('router', 'CONTROL_FLOW', 'PURE', 'Takes one of several routes.', { value: { type: 'string' } }),
  component('conditional', 'CONTROL_FLOW', 'PURE', 'Takes one of two branches.', { condition: { type: 'string' } }),
  component('trycatch', 'CONTROL_FLOW', 'PURE', 'Catches failures of its stages.', { try_stages: { type: 'array' } }),
]

export function resolvers(store: Store, slow: Slow) {
  const organization = () => ({
    __typename: 'Organization',
    id: 'org_01k00000000000000000000000',
    name: store.data.organization,
    createdAt: new Date().toISOString(),
  })
  const viewer = () => ({
    user: {
      __typename: 'User',
      id: 'user_01k0000000000000000000000',
      name: store.data.user.name,
      email: store.data.user.email,
    },
    role: 'OWNER',
    organization: organization(),
    organizations: [organization()],
    permissions: [
      'organization.update',
      'pipeline.read',
      'pipeline.write',
      'run.read',
      'run.start',
      'run.cancel',
      'api_key.read',
      'api_key.write',
      'audit.read',
      'job.read',
      'job.retry',
    ],
    grantableRoles: ['OWNER', 'ADMIN', 'DEVELOPER', 'VIEWER'],
    hasPassword: store.data.user.password !== null,
  })
  const versionOf = (pipeline: { id: string }, stored: { number: number; source: string; createdAt: string }) => {
    const read = readSource(stored.source)
    return {
      __typename: 'PipelineVersion',
      id: `${pipeline.id.replace('pipe', 'ver')}${stored.number}`,
      number: stored.number,
      createdAt: stored.createdAt,
      name: (read.document['name'] as string | undefined) ?? 'pipeline',
      sha256: sha256(stored.source),
      source: stored.source,
      inputSchema: read.document['input_schema'] ?? null,
      sampleInput: read.document['sample_input'] ?? null,
      stages: read.stages,
      problems: read.problems,
    }
  }
  const connection = <T extends { id: string }>(
    all: T[],
    { first = 30, after }: { first?: number | null; after?: string | null },
  ) => {
    const from = after ? all.findIndex((each) => each.id === after) + 1 : 0
    const page = all.slice(from, from + (first ?? 30))
    return {
      edges: page.map((node) => ({ cursor: node.id, node })),
      pageInfo: {
        hasNextPage: from + page.length < all.length,
        hasPreviousPage: from > 0,
        startCursor: page[0]?.id ?? null,
        endCursor: page.at(-1)?.id ?? null,
      },
    }
  }
  type StoredPipeline = ReturnType<Store['pipeline']>
  type StoredRun = ReturnType<Store['run']>
  const pipelineOf = (stored: StoredPipeline): Record<string, unknown> & { id: string } => {
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
      runs: (args: Args) => connection(runsOf({ pipelineId: stored.id }), args),
      lastRun: () => runsOf({ pipelineId: stored.id })[0] ?? null,
    }
  }
  const runOf = (stored: StoredRun): Record<string, unknown> & { id: string } => {
    const pipeline = store.pipeline(stored.pipelineId)
    const version = pipeline.versions[stored.version - 1] ?? { number: 1, source: '{}', createdAt: pipeline.createdAt }
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
      pipeline: () => pipelineOf(pipeline),
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
      retriedFrom: () => (stored.retriedFrom ? runOf(store.run(stored.retriedFrom)) : null),
      // The mock repeats whole runs only.
      onlyStage: null,
      stagesReused: 0,
      events: () => events.map((event) => ({ ...event, body: cutBody(event.body) })),
      stages: () => stageRuns(stored.id, events, readSource(version.source).stages),
      stage: ({ address }: { address: string }) =>
        stageRuns(stored.id, events, readSource(version.source).stages).find((each) => each['address'] === address) ??
        null,
    }
  }
  const factsOf = (stored: StoredRun): Filtered & { took: number | null } => {
    const { status, started, finished } = store.stateOf(stored)
    return {
      id: stored.id,
      status,
      pipelineId: stored.pipelineId,
      pipelineName: store.pipeline(stored.pipelineId).name,
      createdAt: stored.createdAt,
      error: (finished?.body['error'] as Filtered['error']) ?? null,
      startedBy: stored.startedBy.name,
      took: started && finished ? finished.time - started.time : null,
    }
  }
  const meantRuns = (filter: RunFilter | null | undefined) =>
    store.data.runs.map(factsOf).filter((run) => meant(run, filter))
  const runsOf = ({ pipelineId, status, filter }: Filter) =>
    store.data.runs
      .filter((run) => !pipelineId || run.pipelineId === pipelineId)
      .filter((run) => meant(factsOf(run), filter))
      .toReversed()
      .map(runOf)
      .filter((run) => !status?.length || status.includes(run['status'] as string))
  const viewOf = (view: { id: string; name: string; filter: RunFilter; createdAt: string }) => ({
    __typename: 'SavedRunView',
    ...view,
    updatedAt: view.createdAt,
    filter: {
      text: view.filter.text ?? null,
      status: view.filter.status ?? [],
      notStatus: view.filter.notStatus ?? [],
      pipelineIds: view.filter.pipelineIds ?? [],
      notPipelineIds: view.filter.notPipelineIds ?? [],
      ids: view.filter.ids ?? [],
      since: view.filter.since ?? null,
      until: view.filter.until ?? null,
      lastSeconds: view.filter.lastSeconds ?? null,
    },
  })
  /** One run in so many milliseconds. */
  const PACE = 80
  const operationOf = (stored: StoredOperation) => {
    const ended = stored.stoppedAfter ?? stored.runs.length
    const looked = Math.min(ended, Math.floor((Date.now() - stored.createdAt) / PACE))
    const refused = stored.refused !== null && looked > 0 ? 1 : 0
    return {
      id: stored.id,
      kind: stored.kind,
      status: looked < ended ? 'RUNNING' : stored.stoppedAfter === null ? 'FINISHED' : 'STOPPED',
      total: stored.runs.length,
      done: looked - refused,
      failed: refused,
      lastError: refused > 0 ? { code: 'PIPELINE_DELETED', message: stored.refused } : null,
    }
  }
  const beginOperation = (kind: 'CANCEL' | 'RETRY', filter: RunFilter) => {
    const open = ['QUEUED', 'RUNNING', 'WAITING']
    const usual = filter.status?.includes('SUCCEEDED') ? ['SUCCEEDED', 'FAILED', 'CANCELLED'] : ['FAILED', 'CANCELLED']
    const states = kind === 'CANCEL' ? open : usual
    const runs = meantRuns(filter).filter((run) => states.includes(run.status))
    let refused: string | null = null
    for (const { id } of runs) {
      const run = store.run(id)
      const pipeline = store.pipeline(run.pipelineId)
      if (kind === 'CANCEL') store.cancel(id)
      else if (pipeline.deletedAt) refused = `The pipeline ${pipeline.name} is deleted. Restore it to run it again.`
      else store.startRun(pipeline, run.version, run.input, id)
    }
    const made: StoredOperation = {
      id: newId('op'),
      kind,
      filter: { ...filter },
      runs: runs.map((run) => run.id),
      refused,
      createdAt: Date.now(),
      stoppedAfter: null,
    }
    ;(store.data.operations ??= []).push(made)
    store.save()
    return { operation: operationOf(made) }
  }
  const operation = (id: string) => {
    const found = store.data.operations?.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such change of runs.')
    return found
  }
  const jobOf = (job: StoredJob) => ({ __typename: 'Job', ...job })
  const job = (id: string) => {
    const found = store.data.jobs?.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such job.')
    return found
  }

  const parseFile = ({ name, text }: { name: string; text: string }): Record<string, unknown> => {
    if (!name.endsWith('.json')) return { text }
    const value = JSON.parse(text) as unknown
    return Array.isArray(value) ? { rows: value } : (value as Record<string, unknown>)
  }

  const wait = () => (slow.delayMs > 0 ? sleep(slow.delayMs) : undefined)
  const query = {
    viewer: async () => (await wait(), viewer()),
    organization: async () => (await wait(), organization()),
    pipelines: async (args: { search?: string | null; deleted?: boolean } & Args) => {
      await wait()
      const wanted = args.search?.toLowerCase() ?? ''
      return connection(
        store.data.pipelines
          .filter((each) => each.name.toLowerCase().includes(wanted))
          .filter((each) => Boolean(each.deletedAt) === (args.deleted ?? false))
          .toReversed()
          .map(pipelineOf),
        args,
      )
    },
    pipeline: async ({ id }: { id: string }) => (await wait(), pipelineOf(store.pipeline(id))),
    runs: async (args: Filter) => (await wait(), connection(runsOf(args), args)),
    run: async ({ id }: { id: string }) => (await wait(), runOf(store.run(id))),
    runCounts: async ({ filter }: { filter?: RunFilter | null }) => {
      await wait()
      const found = meantRuns(filter)
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
      return { complete: true, buckets: trendOf(meantRuns({ ...filter, text: null, since: null, until: null }), span) }
    },
    savedRunViews: async () => {
      await wait()
      return (store.data.views ?? []).toSorted((a, b) => a.name.localeCompare(b.name)).map(viewOf)
    },
    runOperation: ({ id }: { id: string }) => operationOf(operation(id)),
    runOperations: (args: Args) => connection((store.data.operations ?? []).toReversed().map(operationOf), args),
    jobs: async ({ status, ...args }: { status?: string | null } & Args) => {
      await wait()
      const found = (store.data.jobs ?? []).filter((each) => !status || each.status === status)
      return connection(found.map(jobOf), args)
    },
    job: ({ id }: { id: string }) => jobOf(job(id)),
    components: () => components,
    examples: async () => (await wait(), examples),
    apiKeys: async () => (await wait(), store.data.keys.map((key) => ({ __typename: 'ApiKey', ...key }))),
    validatePipeline: ({ source }: { source: string }) => {
      const { problems, stages, valid } = readSource(source)
      return { valid, problems, stages }
    },
  }
  const mutation = {
    updateProfile: ({ input }: { input: { name?: string; email?: string; organizationName?: string } }) => {
      if (input.name !== undefined && input.name !== null) store.data.user.name = input.name
      if (input.email !== undefined) store.data.user.email = input.email
      if (input.organizationName) store.data.organization = input.organizationName
      store.save()
      return { viewer: viewer() }
    },
    setPassword: ({ input }: { input: { currentPassword?: string; newPassword: string } }) => {
      if (store.data.user.password !== null && store.data.user.password !== input.currentPassword)
        throw new Problem('WRONG_PASSWORD', 'The present password is another one.')
      store.data.user.password = input.newPassword
      store.save()
      return { ok: true }
    },
    createPipeline: ({ input }: { input: { source?: string; name?: string } }) => {
      if (input.source && !readSource(input.source).valid)
        throw new Problem('PIPELINE_INVALID', 'The file has errors; a version without errors is needed.')
      const made = store.createPipeline(input.source, input.name)
      return {
        pipeline: pipelineOf(made),
        version: versionOf(made, made.versions[0] ?? { number: 1, source: '', createdAt: '' }),
      }
    },
    createPipelineFromExample: ({ input }: { input: { name: string } }) => {
      const example = examples.find((each) => each.name === input.name)
      if (!example) throw new Problem('NOT_FOUND', `There is no example ${input.name}.`)
      const made = store.createPipeline(example.source)
      return {
        pipeline: pipelineOf(made),
        version: versionOf(made, made.versions[0] ?? { number: 1, source: '', createdAt: '' }),
      }
    },
    renamePipeline: ({ input }: { input: { pipelineId: string; name?: string | null } }) => {
      const pipeline = store.pipeline(input.pipelineId)
      pipeline.given = Boolean(input.name)
      pipeline.name =
        input.name ?? (readSource(pipeline.versions.at(-1)?.source ?? '{}').document['name'] as string) ?? 'pipeline'
      store.save()
      return { pipeline: pipelineOf(pipeline) }
    },
    deletePipeline: ({ input }: { input: { pipelineId: string } }) => {
      const pipeline = store.pipeline(input.pipelineId)
      pipeline.deletedAt ??= new Date().toISOString()
      store.save()
      return { pipeline: pipelineOf(pipeline) }
    },
    restorePipeline: ({ input }: { input: { pipelineId: string } }) => {
      const pipeline = store.pipeline(input.pipelineId)
      pipeline.deletedAt = null
      store.save()
      return { pipeline: pipelineOf(pipeline) }
    },
    saveRunView: ({ input }: { input: { id?: string | null; name: string; filter: RunFilter } }) => {
      const views = (store.data.views ??= [])
      let view = views.find((each) => each.id === input.id || each.name === input.name)
      if (view) Object.assign(view, { name: input.name, filter: input.filter })
      else {
        view = { id: newId('view'), name: input.name, filter: { ...input.filter }, createdAt: new Date().toISOString() }
        views.push(view)
      }
      store.save()
      return { savedRunView: viewOf(view) }
    },
    deleteSavedRunView: ({ input }: { input: { id: string } }) => {
      store.data.views = (store.data.views ?? []).filter((each) => each.id !== input.id)
      store.save()
      return { deletedId: input.id }
    },
    pushPipelineVersion: ({ input }: { input: { pipelineId: string; source: string } }) => {
      const { version, created } = store.push(input.pipelineId, input.source)
      return { version: versionOf(store.pipeline(input.pipelineId), version), created }
    },
    startRun: ({
      input,
    }: {
      input: {
        pipelineId: string
        versionNumber?: number
        input?: Record<string, unknown>
        inputFile?: { name: string; text: string }
        inputUpload?: string
      }
    }) => {
      const pipeline = store.pipeline(input.pipelineId)
      const number = input.versionNumber ?? pipeline.versions.length
      const read = readSource(pipeline.versions[number - 1]?.source ?? '{}')
      const sent = input.inputUpload ? store.uploads.get(input.inputUpload) : undefined
      const file = input.inputFile ?? sent
      const value = file ? parseFile(file) : (input.input ?? {})
      const remarks = sent?.guessed
        ? [{ code: 'CHARSET_GUESSED', message: `The file is no UTF-8; it was read as ${sent.guessed}.`, place: null }]
        : []
      for (const name of (read.document['input_schema'] as { required?: string[] } | undefined)?.required ?? []) {
        if (!(name in value))
          throw new Problem('INPUT_INVALID', `The input has no field \`${name}\`, which the pipeline requires.`)
      }
      return { run: runOf(store.startRun(pipeline, number, value, null)), remarks }
    },
    cancelRun: ({ input }: { input: { runId: string } }) => ({ run: runOf(store.cancel(input.runId)) }),
    retryRun: ({ input }: { input: { runId: string } }) => {
      const old = store.run(input.runId)
      return { run: runOf(store.startRun(store.pipeline(old.pipelineId), old.version, old.input, old.id)) }
    },
    cancelRuns: ({ input }: { input: { filter: RunFilter } }) => beginOperation('CANCEL', input.filter),
    retryRuns: ({ input }: { input: { filter: RunFilter } }) => beginOperation('RETRY', input.filter),
    stopRunOperation: ({ input }: { input: { id: string } }) => {
      const found = operation(input.id)
      const { status, done, failed } = operationOf(found)
      if (status === 'RUNNING') found.stoppedAfter = done + failed
      store.save()
      return { operation: operationOf(found) }
    },
    retryJob: ({ input }: { input: { id: string } }) => {
      const found = job(input.id)
      if (found.status !== 'FAILED')
        throw new Problem('CONFLICT', 'The job did not fail, so there is nothing to retry.')
      const now = () => new Date().toISOString()
      Object.assign(found, { status: 'RUNNING', attempts: 1, runAt: now(), startedAt: now(), finishedAt: null })
      setTimeout(() => {
        Object.assign(found, { status: 'SUCCEEDED', error: null, finishedAt: now() })
        store.save()
      }, 1500).unref()
      store.save()
      return { job: jobOf(found) }
    },
    createApiKey: ({ input }: { input: { name: string; role: string } }) => {
      const secret = `fm_${newId('key').slice(4)}`
      const key = {
        id: newId('key'),
        name: input.name,
        role: input.role,
        permissions: [],
        prefix: secret.slice(0, 9),
        createdAt: new Date().toISOString(),
        lastUsedAt: null,
        revokedAt: null,
      }
      store.data.keys.push(key)
      store.save()
      return { apiKey: { __typename: 'ApiKey', ...key }, secret }
    },
    revokeApiKey: ({ input }: { input: { id: string } }) => {
      const key = store.data.keys.find((each) => each.id === input.id)
      if (!key) throw new Problem('NOT_FOUND', 'There is no such key.')
      key.revokedAt = new Date().toISOString()
      store.save()
      return { apiKey: { __typename: 'ApiKey', ...key } }
    },
  }
  const subscription = {
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
          if (run) yield { runFeed: runOf(run) }
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      } finally {
        store.listeners.delete(listener)
      }
    },
  }
  return { ...query, ...mutation, ...subscription }
}

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
