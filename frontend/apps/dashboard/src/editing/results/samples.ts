// A journal, a row and parts for the tests beside.

import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { faceSteps } from '../../run/faces.ts'
import { type JournalEvent, applyEvents, emptyRun } from '../../run/journal.ts'
import { addressOf } from '../../run/selection.ts'
import { createRunFeed } from '../../run/store.ts'
import type { ResultRow } from './results.ts'
import type { RunParts } from './run-parts.ts'

export const parts: RunParts = { createRunFeed, faceSteps, addressOf }

export const stageOf = (id: string, more: Partial<CanvasStage> = {}): CanvasStage => ({
  id,
  component: 'json_transform',
  kind: 'OPERATOR',
  dependsOn: [],
  branches: [],
  ...more,
})

export const journal = (...entries: [type: string, stage: string | null, body?: object][]): JournalEvent[] =>
  entries.map(([type, stage, body], index) => ({
    seq: index + 1,
    at: new Date(1_000_000 + index * 100).toISOString(),
    type,
    stage,
    body: body ?? {},
  }))

export const events = journal(
  ['run.started', null],
  ['stage.started', 'one', { attempt: 1 }],
  ['stage.succeeded', 'one', { attempt: 1, output: { result: 'alpha' } }],
  ['stage.started', 'two', { attempt: 1 }],
  ['stage.failed', 'two', { attempt: 1, error: { code: 'X', message: 'It is\n  wrong' } }],
  ['run.finished', null, { status: 'FAILED' }],
)

export const runAfter = (n: number) => applyEvents(emptyRun, events.slice(0, n))

export const rowOf = (more: Partial<ResultRow> = {}): ResultRow => ({
  id: 'run_1',
  status: 'QUEUED',
  createdAt: '2026-11-30T10:00:00Z',
  environment: 'DEVELOPMENT',
  draftRevision: 12,
  lastSeq: 0,
  startedBy: { kind: 'user', name: 'Ada' },
  pipeline: { id: 'pipe_1' },
  version: { id: 'ver_1', number: 3, stages: [{ id: 'one' }, { id: 'two' }, { id: 'old' }] },
  ...more,
})
