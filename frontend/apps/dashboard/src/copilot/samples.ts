// Exchanges for tests.

import { nothing } from '../comparing/samples.ts'
import type { Exchange, Piece } from './link.ts'

export const piece = (index: number, part: Partial<Piece> = {}): Piece => ({
  index,
  title: `piece ${index}`,
  changes: [nothing],
  claims: [],
  looks: [],
  refused: null,
  planChanges: [],
  cost: null,
  checks: [],
  dryRun: null,
  acceptedAtRevision: null,
  ...part,
})

export const exchange = (part: Partial<Exchange> = {}): Exchange => ({
  id: 'exchange_1',
  task: 'SUGGEST',
  request: 'retry it',
  state: 'DONE',
  revision: 1,
  text: '{}',
  summary: 'It is retried.',
  pieces: [],
  together: null,
  problem: null,
  provider: 'scripted',
  model: 'one',
  inputTokens: 1204,
  outputTokens: 30,
  costUsd: null,
  askedAt: '2026-11-30T12:00:00Z',
  ...part,
})
