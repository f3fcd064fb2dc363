// The drafts of pipelines. The mock merges texts, also those that edits make, and has one user: whoever else changes a draft is the
// same person in another browser.

import { mergedText } from '../../apps/dashboard/src/editing/merge.ts'
import { edited } from '../edits.ts'
import { readSource } from '../language.ts'
import { Problem, type StoredDraft } from '../store.ts'
import type { Mock } from './shared.ts'
import { draftOf, runOf, versionOf } from './views.ts'

interface SetText {
  pipelineId: string
  revision: number
  source: string
  changeId: string
}
interface Edited {
  pipelineId: string
  revision: number
  edits: Record<string, unknown>[]
  changeId: string
}
interface RunDraft {
  pipelineId: string
  revision: number
  input?: Record<string, unknown>
}
interface PinOutput {
  pipelineId: string
  stage: string
  output?: unknown
  runId?: string | null
}
type Happened = { pipelineId: string; event: Record<string, unknown> }

const conflictOf = (message: string) => ({ place: { kind: 'layout' }, base: null, mine: null, theirs: null, message })

export function drafts({ store, wait }: Mock) {
  const listeners = new Set<(happened: Happened) => void>()
  const here = new Map<string, { stage: string | null; field: string | null }>()
  const author = () => ({ kind: 'user', name: store.data.user.name || 'Ada' })
  const tell = (pipelineId: string, event: Record<string, unknown>) => {
    for (const listener of listeners) listener({ pipelineId, event })
  }
  const peopleOf = (pipelineId: string) => {
    const at = here.get(pipelineId)
    return {
      __typename: 'DraftPeople',
      people: at ? [{ actor: author(), key: 'user', own: true, stage: at.stage, field: at.field }] : [],
    }
  }
  const textOf = (draft: StoredDraft) => draft.texts.at(-1) ?? ''
  const known = (pipelineId: string): StoredDraft => {
    const found = store.data.drafts?.find((each) => each.pipelineId === store.pipeline(pipelineId).id)
    if (!found) throw new Problem('NOT_FOUND', 'The pipeline has no draft; open it first.')
    return found
  }
  const changed = (draft: StoredDraft, text: string, changeId: string, reason: string) => {
    draft.texts.push(text)
    draft.made.push(changeId)
    draft.unsaved += 1
    draft.updatedAt = new Date().toISOString()
    store.save()
    const revision = draft.texts.length - 1
    const change = { __typename: 'DraftChange', revision, reason, edits: [], author: author(), own: true, changeId }
    tell(draft.pipelineId, { ...change, at: draft.updatedAt })
    return revision
  }
  const payload = (draft: StoredDraft, conflicts: object[] = []) => ({
    draft: draftOf(store, draft),
    change: null,
    conflicts,
  })
  /** Gives the draft the file of the latest version. */
  const based = (draft: StoredDraft, number: number) => {
    draft.base = number
    draft.unsaved = 0
    store.save()
    tell(draft.pipelineId, { __typename: 'DraftBase', versionNumber: number })
  }
  const back = (input: { pipelineId: string; changeId: string }, way: 'undo' | 'redo') => {
    const draft = known(input.pipelineId)
    if (draft.made.includes(input.changeId)) return payload(draft)
    const revision = draft[way].at(-1)
    if (revision === undefined) throw new Problem('CONFLICT', `You have no change in this draft to ${way}.`)
    const text = mergedText(draft.texts[revision] ?? '', draft.texts[revision - 1] ?? '', textOf(draft))
    if (text === undefined) return payload(draft, [conflictOf('The same place was changed since.')])
    draft[way].pop()
    const now = changed(draft, text, input.changeId, way.toUpperCase())
    draft[way === 'undo' ? 'redo' : 'undo'].push(now)
    store.save()
    return payload(draft)
  }
  /** Brings what somebody made of a revision together with the draft as it is. */
  const merged = (
    draft: StoredDraft,
    { revision, changeId }: { revision: number; changeId: string },
    made: (base: string) => string,
  ) => {
    const base = draft.texts[revision]
    if (base === undefined) throw new Problem('INVALID_INPUT', `revision: is ${revision}`, { field: 'revision' })
    const text = mergedText(base, made(base), textOf(draft))
    if (text === undefined) return payload(draft, [conflictOf('Both changed the same place differently.')])
    if (text !== textOf(draft)) {
      draft.undo.push(changed(draft, text, changeId, 'TEXT'))
      draft.redo = []
      store.save()
    }
    return payload(draft)
  }
  return {
    openDraft: async ({ input }: { input: { pipelineId: string } }) => {
      await wait()
      const pipeline = store.pipeline(input.pipelineId)
      const latest = pipeline.versions.length
      const source = pipeline.versions.at(-1)?.source ?? '{}'
      const all = (store.data.drafts ??= [])
      let draft = all.find((each) => each.pipelineId === pipeline.id)
      if (!draft) {
        const now = new Date().toISOString()
        const nothing = { made: [], undo: [], redo: [], unsaved: 0 }
        draft = { pipelineId: pipeline.id, base: latest, texts: [source], ...nothing, updatedAt: now }
        all.push(draft)
        store.save()
      } else if (draft.base !== latest && draft.unsaved === 0) {
        if (textOf(draft) !== source) changed(draft, source, `follow ${latest}`, 'UPDATE')
        based(draft, latest)
      }
      return { draft: draftOf(store, draft) }
    },
    setDraftText: ({ input }: { input: SetText }) => {
      const draft = known(input.pipelineId)
      if (draft.made.includes(input.changeId)) return payload(draft)
      try {
        JSON.parse(input.source)
      } catch (reason) {
        throw new Problem('INVALID_INPUT', `source: ${(reason as Error).message}`, { field: 'source' })
      }
      return merged(draft, input, () => input.source)
    },
    editDraft: ({ input }: { input: Edited }) => {
      const draft = known(input.pipelineId)
      if (draft.made.includes(input.changeId)) return payload(draft)
      return merged(draft, input, (base) => edited(base, input.edits))
    },
    undoDraft: ({ input }: { input: { pipelineId: string; changeId: string } }) => back(input, 'undo'),
    redoDraft: ({ input }: { input: { pipelineId: string; changeId: string } }) => back(input, 'redo'),
    restoreDraft: ({ input }: { input: { pipelineId: string; versionNumber?: number | null; changeId: string } }) => {
      const draft = known(input.pipelineId)
      const version = store.pipeline(input.pipelineId).versions[(input.versionNumber ?? 0) - 1]
      if (!version) throw new Problem('NOT_FOUND', 'The version was not found.')
      if (!draft.made.includes(input.changeId) && version.source !== textOf(draft))
        draft.undo.push(changed(draft, version.source, input.changeId, 'RESTORE'))
      store.save()
      return payload(draft)
    },
    discardDraft: ({ input }: { input: { pipelineId: string; revision: number } }) => {
      const draft = known(input.pipelineId)
      const pipeline = store.pipeline(input.pipelineId)
      const source = pipeline.versions.at(-1)?.source ?? '{}'
      if (textOf(draft) !== source) {
        const revision = changed(draft, source, `discard ${draft.texts.length}`, 'DISCARD')
        draft.undo.push(revision)
      }
      based(draft, pipeline.versions.length)
      return { draft: draftOf(store, draft), others: [] }
    },
    saveDraft: ({ input }: { input: { pipelineId: string; revision: number; note?: string | null } }) => {
      const draft = known(input.pipelineId)
      if (input.revision !== draft.texts.length - 1)
        throw new Problem('PRECONDITION_FAILED', `The draft was changed since revision ${input.revision}.`)
      if (!readSource(textOf(draft)).valid)
        throw new Problem('PIPELINE_INVALID', 'The file has errors. Fix them before saving it as a version.')
      const { version, created } = store.push(input.pipelineId, textOf(draft))
      if (created) version.note = input.note ?? null
      based(draft, version.number)
      const made = versionOf(store.pipeline(input.pipelineId), version)
      return { draft: draftOf(store, draft), version: made, created, others: [], conflicts: [] }
    },
    /** The mock runs the whole draft, whatever part is asked for. */
    runDraft: ({ input }: { input: RunDraft }) => {
      const draft = known(input.pipelineId)
      const revision = draft.texts.length - 1
      if (input.revision !== revision)
        throw new Problem('PRECONDITION_FAILED', `The draft was changed since revision ${input.revision}.`)
      const source = textOf(draft)
      if (!readSource(source).valid) throw new Problem('PIPELINE_INVALID', 'The draft has errors. Fix them first.')
      const pipeline = store.pipeline(input.pipelineId)
      const run = store.startRun(pipeline, draft.base, input.input ?? {}, null, 'DEVELOPMENT', { revision, source })
      return { run: runOf(store, run) }
    },
    pinStageOutput: ({ input }: { input: PinOutput }) => {
      const draft = known(input.pipelineId)
      const run = input.runId ? store.run(input.runId) : undefined
      const ended =
        run && store.eventsOf(run).find((each) => each.type === 'stage.succeeded' && each.stage === input.stage)
      const output = run ? (ended?.body['output'] ?? null) : input.output
      const pin = { stage: input.stage, output, pinnedAt: new Date().toISOString(), pinnedBy: author() }
      draft.pins = [...(draft.pins ?? []).filter((each) => each.stage !== input.stage), pin]
      store.save()
      tell(draft.pipelineId, { __typename: 'DraftPinChange', stage: input.stage, pinned: true })
      return { pin }
    },
    unpinStageOutput: ({ input }: { input: { pipelineId: string; stage: string } }) => {
      const draft = known(input.pipelineId)
      draft.pins = (draft.pins ?? []).filter((each) => each.stage !== input.stage)
      store.save()
      tell(draft.pipelineId, { __typename: 'DraftPinChange', stage: input.stage, pinned: false })
      return { stage: input.stage }
    },
    draftPresence: ({ input }: { input: { pipelineId: string; stage?: string | null; field?: string | null } }) => {
      here.set(input.pipelineId, { stage: input.stage ?? null, field: input.field ?? null })
      tell(input.pipelineId, peopleOf(input.pipelineId))
      return { ok: true }
    },
    async *draftEvents({ pipelineId }: { pipelineId: string }) {
      const queue: Record<string, unknown>[] = [peopleOf(pipelineId)]
      let wake = () => {}
      const listener = (happened: Happened) => {
        if (happened.pipelineId !== pipelineId) return
        queue.push(happened.event)
        wake()
      }
      listeners.add(listener)
      // What was changed while nobody listened is read by the one change that comes last.
      const draft = store.data.drafts?.find((each) => each.pipelineId === pipelineId)
      if (draft) {
        const last = { revision: draft.texts.length - 1, changeId: '', at: draft.updatedAt }
        queue.push({ __typename: 'DraftChange', reason: 'TEXT', edits: [], author: author(), own: true, ...last })
      }
      try {
        for (;;) {
          const event = queue.shift()
          if (event) yield { draftEvents: event }
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      } finally {
        listeners.delete(listener)
      }
    },
  }
}
