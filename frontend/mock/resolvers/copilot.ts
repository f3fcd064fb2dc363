// The co-pilot. The mock has no model: its answer to every request is one proposal, which it writes slowly.

import { setTimeout as sleep } from 'node:timers/promises'
import { differenceOf } from '../difference.ts'
import { edited } from '../edits.ts'
import { Problem, newId } from '../store.ts'
import type { Mock } from './shared.ts'

interface Asked {
  pipelineId: string
  revision: number
  task: string
  request: string
}
interface MockPiece {
  index: number
  edits: Record<string, unknown>[]
  acceptedAtRevision: number | null
  [field: string]: unknown
}
interface MockExchange {
  id: string
  pipelineId: string
  state: string
  text: string
  pieces: MockPiece[]
  [field: string]: unknown
}
interface Editing {
  editDraft: (args: {
    input: { pipelineId: string; revision: number; edits: Record<string, unknown>[]; changeId: string }
  }) => { draft: Record<string, unknown>; conflicts: unknown[] }
}

const PACE_MS = 40
const SUMMARY = 'Repeats what may fail for a moment, and says what the pipeline is for.'

export function copilot({ store, wait }: Mock, { editDraft }: Editing) {
  const settings = {
    enabled: true,
    provider: null as string | null,
    model: null as string | null,
    dailyBudgetUsd: null as number | null,
    providers: ['scripted'],
  }
  const all = new Map<string, MockExchange>()
  const found = (id: string): MockExchange => {
    const exchange = all.get(id)
    if (!exchange) throw new Problem('NOT_FOUND', 'There is no such exchange.')
    return exchange
  }
  const sourceOf = (pipelineId: string) => {
    const pipeline = store.pipeline(pipelineId)
    const draft = store.data.drafts?.find((each) => each.pipelineId === pipeline.id)
    return draft?.texts.at(-1) ?? pipeline.versions.at(-1)?.source ?? '{}'
  }
  const piecesOf = (source: string): MockPiece[] => {
    const { stages = [] } = JSON.parse(source) as { stages?: { id: string }[] }
    const first = stages[0]?.id
    const about = { op: 'setField', path: ['description'], value: 'Made clearer by the co-pilot.' }
    const retry = { op: 'setField', stage: first, path: ['retry_config'], value: { max_retries: 3 } }
    const pieces = first === undefined ? [about] : [retry, about]
    return pieces.map((edit, index) => ({
      index,
      title: edit === retry ? `Repeat ${first} up to three times` : 'Describe the pipeline',
      edits: [edit],
      changes: [differenceOf(source, edited(source, [edit]))],
      claims:
        edit === retry
          ? [
              { text: `\`${first}\` is retried 3 times`, isTrue: true },
              { text: `\`${first}\` has a time limit`, isTrue: false },
            ]
          : [],
      looks: edit === retry ? [] : ['The data that the model was given seems to speak to it.'],
      refused: null,
      planChanges: edit === retry ? [`\`${first}\` is repeated up to 3 times after a failure.`] : [],
      cost: { beforeUsd: 0.012, afterUsd: 0.012 },
      checks: [{ name: 'Dry run', passed: true, worse: false, detail: 'Runs to its end; 2 stages ran' }],
      dryRun: { state: 'SUCCEEDED', stages: stages.map(({ id }) => id), recorded: [], placeholders: [], error: null },
      acceptedAtRevision: null,
    }))
  }
  const written = (exchange: MockExchange) =>
    JSON.stringify({ summary: SUMMARY, pieces: exchange.pieces.length }, null, 2)
  const ended = (exchange: MockExchange) => {
    if (exchange.state !== 'WRITING') return exchange
    const text = written(exchange)
    return Object.assign(exchange, {
      state: 'DONE',
      text,
      summary: SUMMARY,
      inputTokens: 1204,
      outputTokens: 96,
      costUsd: 0.0021,
    })
  }
  return {
    copilotSettings: async () => (await wait(), settings),
    setCopilotSettings: ({ input }: { input: Partial<typeof settings> }) => ({
      settings: Object.assign(settings, {
        enabled: input.enabled,
        provider: input.provider ?? null,
        model: input.model ?? null,
        dailyBudgetUsd: input.dailyBudgetUsd ?? null,
      }),
    }),
    copilotExchange: ({ id }: { id: string }) => all.get(id) ?? null,
    askCopilot: ({ input }: { input: Asked }) => {
      const { pipelineId, revision, task, request } = input
      const exchange: MockExchange = {
        id: newId('exchange'),
        pipelineId,
        task,
        request,
        state: 'WRITING',
        revision,
        text: '',
        summary: null,
        pieces: ['EXPLAIN', 'CHAT'].includes(task) ? [] : piecesOf(sourceOf(pipelineId)),
        together: null,
        problem: null,
        provider: 'scripted',
        model: 'scripted',
        inputTokens: null,
        outputTokens: null,
        costUsd: null,
        askedAt: new Date().toISOString(),
      }
      all.set(exchange.id, exchange)
      return { exchange: { ...exchange, pieces: [] } }
    },
    cancelCopilot: ({ input }: { input: { exchangeId: string } }) => {
      const exchange = found(input.exchangeId)
      if (exchange.state === 'WRITING') Object.assign(exchange, { state: 'CANCELLED', pieces: [] })
      return { exchange }
    },
    acceptCopilotPieces: ({
      input,
    }: {
      input: { exchangeId: string; pieces: number[]; looked: number[]; revision: number; changeId: string }
    }) => {
      const exchange = found(input.exchangeId)
      const pieces = exchange.pieces.filter(({ index }) => input.pieces.includes(index))
      const edits = pieces.flatMap((piece) => piece.edits)
      const { pipelineId } = exchange
      const before = sourceOf(pipelineId)
      const { draft, conflicts } = editDraft({
        input: { pipelineId, revision: input.revision, edits, changeId: input.changeId },
      })
      if (conflicts.length === 0) for (const piece of pieces) piece.acceptedAtRevision = draft['revision'] as number
      const change = sourceOf(pipelineId) === before ? null : { revision: draft['revision'] }
      return { draft, change, conflicts, claims: pieces.flatMap((piece) => piece['claims'] as object[]) }
    },
    async *copilotEvents({ id }: { id: string }) {
      const exchange = found(id)
      const text = written(exchange)
      for (let at = 0; at < text.length && exchange.state === 'WRITING'; at += 8) {
        exchange.text = text.slice(0, at + 8)
        yield { copilotEvents: { __typename: 'CopilotText', text: text.slice(at, at + 8) } }
        await sleep(PACE_MS)
      }
      yield { copilotEvents: { __typename: 'CopilotEnded', exchange: ended(exchange) } }
    },
  }
}
