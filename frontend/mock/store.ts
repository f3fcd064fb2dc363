// The data of the mock server, kept in one file, so that it survives a kill.

import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as documents from './documents.ts'
import { readSource } from './language.ts'
import { samplePeople } from './sample-people.ts'
import { sampleTriggers } from './sample-triggers.ts'
import { type Script, simulate } from './simulate.ts'

interface StoredVersion {
  number: number
  source: string
  createdAt: string
  note?: string | null
}
interface StoredPipeline {
  id: string
  name: string
  /** A name that was set by a user, so that a push does not change it. */
  given?: boolean
  deletedAt?: string | null
  folderId?: string | null
  toolEnvironment?: string | null
  createdAt: string
  versions: StoredVersion[]
}
interface StoredRun {
  id: string
  pipelineId: string
  version: number
  input: Record<string, unknown>
  createdAt: number
  cancelledAt: number | null
  retriedFrom: string | null
  /** Absent in runs from before there were environments: development. */
  environment?: string
  startedBy: { kind: string; name: string }
  /** Of a run of a draft: its text at that revision. */
  draft?: { revision: number; source: string }
}
interface StoredKey {
  id: string
  name: string
  role: string | null
  permissions: string[]
  prefix: string
  createdAt: string
  expiresAt: string | null
  allowedNetworks: string[]
  lastUsedAt: string | null
  lastUsedFrom: string | null
  replacedBy: string | null
  serviceAccountId?: string | null
  revokedAt: string | null
}
interface Stored {
  user: {
    name: string
    email: string | null
    password: string | null
    locale?: string | null
    timeZone?: string | null
  }
  organization: string
  token: string | null
  sessions: string[]
  pipelines: StoredPipeline[]
  runs: StoredRun[]
  keys: StoredKey[]
  views?: StoredView[]
  operations?: StoredOperation[]
  jobs?: StoredJob[]
  folders?: { id: string; name: string }[]
  publications?: StoredPublication[]
  triggers?: StoredTrigger[]
  drafts?: StoredDraft[]
  secondPerson?: boolean
  members?: StoredMember[]
  invitations?: StoredInvitation[]
}
/** A member other than the signed-in user. */
export interface StoredMember {
  userId: string
  name: string
  email: string | null
  role: string
  customRoleId?: string | null
  joinedAt: string
  lastSeenAt: string | null
  signInMethods: string[]
}
/** A trigger of a pipeline. It is enabled, by the only user, if it has a time. */
export interface StoredTrigger {
  id: string
  pipelineId: string
  environment: string
  origin: 'FILE' | 'PRODUCT'
  definition: Record<string, unknown>
  enabledAt: string | null
  firings: { dueAt: string; state: string; missed: number; reason: string | null; runId: string | null }[]
  backfills?: { from: string; to: string; createdAt: string; stopped: boolean }[]
}
/** The draft of a pipeline. All changes in it are the only user's. */
export interface StoredDraft {
  pipelineId: string
  /** The number of the version that it started from. */
  base: number
  /** The text of each revision. */
  texts: string[]
  /** The ids of the changes that were made. */
  made: string[]
  /** The revisions to undo and to redo, the next one last. */
  undo: number[]
  redo: number[]
  /** The changes that are in no version. */
  unsaved: number
  updatedAt: string
  pins?: StoredPin[]
}
/** An output that is kept for a stage. The mock executes the stage all the same. */
export interface StoredPin {
  stage: string
  output: unknown
  pinnedAt: string
  pinnedBy: { kind: string; name: string }
}
/** A published version, or the request for it; the newest published one of an environment is the current one. */
export interface StoredPublication {
  id: string
  pipelineId: string
  environment: string
  version: number
  status: string
  requestedAt: string
  decidedBy: string | null
  decidedAt: string | null
}
export interface StoredInvitation {
  id: string
  role: string
  customRoleId?: string | null
  email: string | null
  invitedBy: string
  status: string
  createdAt: string
  expiresAt: string
  token: string
}
/** A bulk change of runs; the mock changes one run per time step, so that progress is visible. */
export interface StoredOperation {
  id: string
  kind: 'CANCEL' | 'RETRY'
  filter: Record<string, unknown>
  runs: string[]
  refused: string | null
  createdAt: number
  stoppedAfter: number | null
}
export interface StoredJob {
  id: string
  kind: string
  status: string
  attempts: number
  maxAttempts: number
  progress: { done: number; total: number | null }
  error: { code: string; message: string } | null
  requestedBy: { kind: string; name: string }
  createdAt: string
  runAt: string
  startedAt: string | null
  finishedAt: string | null
}
export interface StoredView {
  id: string
  name: string
  filter: Record<string, unknown>
  createdAt: string
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
export const newId = (prefix: string): string =>
  `${prefix}_01k${[...randomBytes(23)].map((byte) => alphabet[byte % 32]).join('')}`

export class Problem extends Error {
  readonly code: string
  readonly details: Record<string, unknown>
  constructor(code: string, message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.code = code
    this.details = details
  }
}

export class Store {
  readonly data: Stored
  private readonly scripts = new Map<string, Script>()
  readonly listeners = new Set<(run: StoredRun) => void>()

  private readonly folder: string
  /** Uploaded files, with the guessed character set. */
  readonly uploads = new Map<string, { name: string; text: string; guessed: string | null }>()

  constructor(folder: string, seeded: boolean) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    this.data = existsSync(this.file)
      ? (JSON.parse(readFileSync(this.file, 'utf8')) as Stored)
      : {
          user: { name: '', email: null, password: null },
          organization: 'Northwind',
          token: null,
          sessions: [],
          pipelines: [],
          runs: [],
          keys: [],
        }
    if (seeded && this.data.pipelines.length === 0) this.seed()
    this.data.token = randomBytes(18).toString('base64url')
    this.save()
    for (const run of this.data.runs) this.announce(run)
  }

  private get file() {
    return join(this.folder, 'mock.json')
  }
  save() {
    writeFileSync(this.file, JSON.stringify(this.data))
  }

  private seed() {
    this.data.user = { name: 'Ada', email: 'ada@northwind.example', password: 'correct horse' }
    const [inbox, report, sync] = [documents.earlierInbox, documents.dependencyReport, documents.priceSync].map(
      (each) => this.createPipeline(JSON.stringify(each, null, 2)),
    )
    this.createPipeline(JSON.stringify(documents.broken, null, 2))
    this.createPipeline(JSON.stringify(documents.longReport, null, 2))
    if (!inbox || !report || !sync) return
    this.push(
      inbox.id,
      JSON.stringify(
        { ...documents.supportInbox, description: `${documents.supportInbox.description} Six at a time.` },
        null,
        2,
      ),
    )
    const ago = (seconds: number, pipeline: StoredPipeline, input: Record<string, unknown>) => {
      const run = this.startRun(pipeline, pipeline.versions.length, input, null)
      run.createdAt = Date.now() - seconds * 1000
      return run
    }
    for (let n = 40; n > 0; n--)
      ago(
        n * 3600,
        n % 3 === 0 ? report : inbox,
        n % 3 === 0 ? documents.dependencyReport.sample_input : documents.supportInbox.sample_input,
      )
    ago(2400, sync, documents.priceSync.sample_input).environment = 'PRODUCTION'
    const cancelled = ago(1800, inbox, documents.supportInbox.sample_input)
    cancelled.cancelledAt = cancelled.createdAt + 2300
    ago(300, inbox, documents.supportInbox.sample_input)
    const reports = { id: newId('folder'), name: 'Reports' }
    this.data.folders = [reports]
    report.folderId = reports.id
    const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString()
    const job = { kind: 'runs.change', maxAttempts: 5, requestedBy: { kind: 'user', name: 'Ada' } }
    Object.assign(this.data, samplePeople())
    const published = {
      version: 1,
      status: 'PUBLISHED',
      decidedBy: null,
      requestedAt: at(86_400),
      decidedAt: at(86_400),
    }
    this.data.publications = ['STAGING', 'PRODUCTION'].map((environment) => ({
      ...published,
      id: newId('publ'),
      pipelineId: sync.id,
      environment,
    }))
    this.data.triggers = sampleTriggers(inbox.id, this.data.runs.findLast((run) => run.pipelineId === inbox.id)?.id)
    this.data.jobs = [
      {
        ...job,
        id: newId('job'),
        status: 'FAILED',
        attempts: 5,
        progress: { done: 1250, total: 4000 },
        error: { code: 'UNAVAILABLE', message: 'The database did not respond within 10 s. Try again later.' },
        createdAt: at(5400),
        runAt: at(2700),
        startedAt: at(2700),
        finishedAt: at(2690),
      },
      {
        ...job,
        id: newId('job'),
        status: 'FAILED',
        attempts: 1,
        progress: { done: 0, total: null },
        error: { code: 'FORBIDDEN', message: 'Ada may no longer start runs (`run.start`).' },
        requestedBy: { kind: 'api_key', name: 'nightly-sync' },
        createdAt: at(200_000),
        runAt: at(200_000),
        startedAt: at(200_000),
        finishedAt: at(199_990),
      },
      {
        ...job,
        id: newId('job'),
        status: 'SUCCEEDED',
        attempts: 1,
        progress: { done: 31, total: 31 },
        error: null,
        createdAt: at(300_000),
        runAt: at(300_000),
        startedAt: at(300_000),
        finishedAt: at(299_990),
      },
    ]
    this.data.runs.sort((a, b) => a.createdAt - b.createdAt)
    this.scripts.clear()
  }

  upload(name: string, bytes: Buffer): { id: string; bytes: number } {
    const [utf8, wide] = [new TextDecoder('utf-8', { fatal: true }), bytes[0] === 0xff && bytes[1] === 0xfe]
    let [text, guessed] = ['', null as string | null]
    try {
      text = wide ? new TextDecoder('utf-16le').decode(bytes) : utf8.decode(bytes)
    } catch {
      ;[text, guessed] = [new TextDecoder('windows-1252').decode(bytes), 'Windows-1252']
    }
    const id = newId('up')
    this.uploads.set(id, { name, text, guessed })
    return { id, bytes: bytes.length }
  }

  pipeline(id: string): StoredPipeline {
    const found = this.data.pipelines.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', `There is no pipeline ${id}.`)
    return found
  }
  run(id: string): StoredRun {
    const found = this.data.runs.find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', `There is no run ${id}.`)
    return found
  }

  createPipeline(given: string | null | undefined, name?: string | null): StoredPipeline {
    const source = given ?? `${JSON.stringify({ name, stages: [] }, null, 2)}\n`
    const read = readSource(source)
    const now = new Date().toISOString()
    const made: StoredPipeline = {
      id: newId('pipe'),
      name: name ?? (read.document['name'] as string | undefined) ?? 'pipeline',
      given: Boolean(name),
      deletedAt: null,
      createdAt: now,
      versions: [{ number: 1, source, createdAt: now }],
    }
    this.data.pipelines.push(made)
    this.save()
    return made
  }
  push(id: string, source: string): { version: StoredVersion; created: boolean } {
    const pipeline = this.pipeline(id)
    const last = pipeline.versions.at(-1)
    if (last?.source === source) return { version: last, created: false }
    const version: StoredVersion = {
      number: pipeline.versions.length + 1,
      source,
      createdAt: new Date().toISOString(),
    }
    pipeline.versions.push(version)
    const name = readSource(source).document['name']
    if (!pipeline.given && typeof name === 'string') pipeline.name = name
    this.save()
    return { version, created: true }
  }

  startRun(
    pipeline: StoredPipeline,
    version: number,
    input: Record<string, unknown>,
    retriedFrom: string | null,
    environment = 'DEVELOPMENT',
    draft?: StoredRun['draft'],
  ): StoredRun {
    const run: StoredRun = {
      id: newId('run'),
      pipelineId: pipeline.id,
      version,
      input,
      createdAt: Date.now(),
      cancelledAt: null,
      retriedFrom,
      environment,
      startedBy: { kind: 'user', name: this.data.user.name || 'Ada' },
      ...(draft && { draft }),
    }
    this.data.runs.push(run)
    this.save()
    this.announce(run)
    return run
  }
  cancel(id: string): StoredRun {
    const run = this.run(id)
    const { status } = this.stateOf(run)
    if (!['QUEUED', 'RUNNING', 'WAITING'].includes(status))
      throw new Problem('RUN_FINISHED', 'The run is finished; a finished run never changes.')
    run.cancelledAt = Date.now() + 60
    this.scripts.delete(run.id)
    this.save()
    this.announce(run)
    return run
  }

  /** Notifies the listeners of all further status changes of the run. */
  private announce(run: StoredRun) {
    const script = this.script(run)
    const end = script.events.at(-1)?.at ?? 0
    for (const at of [0, 85, end + 1]) {
      const wait = run.createdAt + at - Date.now()
      if (wait >= 0) setTimeout(() => this.listeners.forEach((listener) => listener(run)), wait).unref()
    }
  }

  /** The text that a run executes. */
  sourceOf(run: StoredRun): string {
    return run.draft?.source ?? this.pipeline(run.pipelineId).versions[run.version - 1]?.source ?? '{}'
  }

  script(run: StoredRun): Script {
    const known = this.scripts.get(run.id)
    if (known) return known
    const source = this.sourceOf(run)
    const made = simulate(readSource(source).stages, run.input)
    if (run.cancelledAt !== null) {
      const at = run.cancelledAt - run.createdAt
      made.events = made.events.filter((event) => event.at < at)
      made.chunks = made.chunks.filter((chunk) => chunk.at < at)
      made.events.push({ at, type: 'run.signal', stage: null, body: { signal: 'cancel', by: 'Ada' } })
      made.events.push({
        at: at + 40,
        type: 'run.finished',
        stage: null,
        body: { status: 'cancelled', output: null, error: { code: 'CANCELLED', message: 'Cancelled by Ada.' } },
      })
    }
    // Times inside event bodies are relative to 0 as well.
    for (const event of made.events) shift(event.body, run.createdAt)
    this.scripts.set(run.id, made)
    return made
  }

  eventsOf(run: StoredRun, now = Date.now()) {
    return this.script(run)
      .events.map((event, index) => ({
        __typename: 'RunEvent',
        seq: index + 1,
        at: new Date(run.createdAt + event.at).toISOString(),
        type: event.type,
        stage: event.stage,
        body: event.body,
        time: run.createdAt + event.at,
      }))
      .filter((event) => event.time <= now)
  }

  stateOf(run: StoredRun) {
    const events = this.eventsOf(run)
    const started = events.find((event) => event.type === 'run.started')
    const finished = events.find((event) => event.type === 'run.finished')
    const done = new Set(
      events
        .filter((event) => ['stage.succeeded', 'stage.skipped'].includes(event.type))
        .map((event) => event.stage?.split('/').at(-1)),
    )
    const status = finished ? String(finished.body['status']).toUpperCase() : started ? 'RUNNING' : 'QUEUED'
    return { events, status, started, finished, done: done.size }
  }
}

function shift(body: Record<string, unknown>, by: number) {
  const late = (text: unknown) =>
    typeof text === 'string' && text.startsWith('1970-') ? new Date(Date.parse(text) + by).toISOString() : text
  if ('due' in body) body['due'] = late(body['due'])
  for (const line of (body['logs'] as { at: unknown }[] | undefined) ?? []) line.at = late(line.at)
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
