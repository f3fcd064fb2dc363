// Triggers. The mock stores them and tells when they would fire; nothing fires.

import { type Definition, faultOf, nextOf, wordsOf } from '../schedule.ts'
import { Problem, type StoredTrigger, newId } from '../store.ts'
import type { Mock } from './shared.ts'
import { triggerOf } from './views.ts'

const now = () => new Date().toISOString()

export function triggers({ store, wait }: Mock) {
  const all = () => (store.data.triggers ??= [])
  const find = (id: string): StoredTrigger => {
    const found = all().find((each) => each.id === id)
    if (!found) throw new Problem('NOT_FOUND', 'There is no such trigger')
    return found
  }
  const view = (stored: StoredTrigger) => ({ trigger: triggerOf(store, stored) })
  const checked = (definition: Definition) => {
    const fault = faultOf(definition)
    if (fault) throw new Problem('INVALID_INPUT', `definition: ${fault}`)
    return definition
  }
  const save = (stored: StoredTrigger, part: Partial<StoredTrigger>) => {
    Object.assign(stored, part)
    store.save()
    return view(stored)
  }
  return {
    trigger: async ({ id }: { id: string }) => (await wait(), triggerOf(store, find(id))),
    triggerPreview: ({ definition, first }: { definition: Definition; first?: number | null }) => {
      const fault = faultOf(definition)
      const problem = { severity: 'ERROR', code: 'INVALID_VALUE', message: fault, suggestion: null, path: '' }
      if (fault) return { words: null, timezone: null, next: [], problems: [{ ...problem, line: 1, column: 1 }] }
      const timezone = definition['timezone'] ?? 'UTC'
      return { words: wordsOf(definition), timezone, next: nextOf(definition, first ?? 10), problems: [] }
    },
    // Knows two sentences; the server has a grammar.
    triggerFromWords: ({ sentence }: { sentence: string }) => {
      const definition = /^every hour$/i.test(sentence.trim())
        ? { interval: '1h' }
        : /^every weekday at 9 in berlin$/i.test(sentence.trim())
          ? { cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' }
          : undefined
      const spans = [{ from: 0, to: sentence.length, understood: definition !== undefined }]
      const words = definition?.cron ? 'from Monday to Friday at 09:00 in Europe/Berlin' : 'every hour'
      const ask = { kind: 'kind', text: 'When should it run? For example: every weekday at 9 in Berlin' }
      return {
        language: 'ENGLISH',
        spans,
        readings: definition ? [{ words, rule: words, questions: [], definition, next: nextOf(definition, 10) }] : [],
        questions: definition ? [] : [ask],
      }
    },
    createTrigger: ({
      input,
    }: {
      input: { pipelineId: string; environment?: string | null; definition: Definition }
    }) => {
      const stored: StoredTrigger = {
        id: newId('trig'),
        pipelineId: store.pipeline(input.pipelineId).id,
        environment: input.environment ?? 'DEVELOPMENT',
        origin: 'PRODUCT',
        definition: checked(input.definition),
        enabledAt: null,
        firings: [],
      }
      all().push(stored)
      store.save()
      return view(stored)
    },
    updateTrigger: ({ input }: { input: { id: string; definition: Definition } }) =>
      save(find(input.id), { definition: checked(input.definition) }),
    setTriggerEnabled: ({ input }: { input: { id: string; enabled: boolean } }) =>
      save(find(input.id), { enabledAt: input.enabled ? now() : null }),
    backfillTrigger: ({ input }: { input: { id: string; from: string; to: string } }) => {
      const stored = find(input.id)
      if (input.to < input.from) throw new Problem('INVALID_INPUT', 'to: the range ends before it begins')
      const backfill = { from: input.from, to: input.to, createdAt: now(), stopped: false }
      return save(stored, { backfills: [backfill, ...(stored.backfills ?? [])] })
    },
    stopTriggerBackfill: ({ input }: { input: { id: string } }) => {
      const stored = find(input.id)
      return save(stored, { backfills: (stored.backfills ?? []).map((each) => ({ ...each, stopped: true })) })
    },
    deleteTrigger: ({ input }: { input: { id: string } }) => {
      all().splice(all().indexOf(find(input.id)), 1)
      store.save()
      return { deletedId: input.id }
    },
  }
}
