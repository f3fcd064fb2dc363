// How the text in one browser and the draft on the server stay the same: a state and what happens to it, without timers
// and requests (`session.ts` has those).
//
// What was typed is sent as a whole text, against the revision that it was made of; the server moves it over what
// others changed since, and answers with the draft as it is then. Edits that were not typed (on the canvas, in a form)
// are sent as they are, once the text is saved. Only one change is on its way at a time, and it is
// sent again with the same id until there is an answer: the server makes it once, however often it arrives. What others
// changed is taken over when nothing is unsaved here; else it waits until the own change was answered. What was typed
// is given up nowhere: every new draft is merged with it (`merge.ts`), and where that is not possible, a person chooses.

import type { Batch, Edit } from './edits.ts'
import { mergedText } from './merge.ts'

/** A draft as the server said it was. */
export interface Known {
  revision: number
  text: string
}

/** What is shown about the draft besides its text. */
export interface About {
  baseNumber: number
  /** A version was pushed that the draft does not have. */
  behind: boolean
  unsaved: readonly UnsavedOf[]
  canUndo: boolean
  canRedo: boolean
}

export interface UnsavedOf {
  name: string
  own: boolean
  changes: number
}

export interface Draft extends Known {
  about: About
}

/** One place where two changed the same differently, in the words of the server. */
export interface Meeting {
  message: string
  mine: unknown
  theirs: unknown
}

export type Step = 'undo' | 'redo'

/** What is done once the text is saved. */
export type Wanted = Step | Batch

const isBatch = (wanted: Wanted): wanted is Batch => typeof wanted === 'object'
const batchesOf = ({ wanted }: { wanted: readonly Wanted[] }): readonly Batch[] => wanted.filter(isBatch)

/** A change that is on its way. */
export interface Flight {
  changeId: string
  kind: 'text' | 'edits' | Step
  /** The revision that it is made against. */
  revision: number
  /** The text when it was sent. */
  text: string
  /** What is sent instead of the text. */
  edits?: readonly Edit[]
  /** How often no answer came. */
  lost: number
}

export interface Conflict {
  /** The text that both started from. */
  from: string
  theirs: Draft
  meetings: readonly Meeting[]
}

/** Why what was typed is not saved. */
export type Trouble =
  | { kind: 'unreachable' }
  /** The text is not complete: the server cannot read it. */
  | { kind: 'unreadable'; message: string }
  | { kind: 'refused'; message: string; code: string }

/** An undoing, or edits, that were not done. */
export interface Refusal {
  step: Step | 'edits'
  message: string
  meetings: readonly Meeting[]
}

export interface SyncState {
  /** What the text here was made of. */
  base: Known
  /** The text here. */
  doc: string
  about: About
  flight: Flight | undefined
  /** Undoings and edits that are done once the text is saved, in this order. */
  wanted: readonly Wanted[]
  /** The highest revision that was heard of. */
  heard: number
  /** The draft has to be read: something besides its text changed, or the base cannot be reached any more. */
  reread: boolean
  /** The server no longer knows the changes since the base. */
  unknown: boolean
  /** A newer draft that cannot be taken over yet. */
  waiting: Draft | undefined
  conflict: Conflict | undefined
  trouble: Trouble | undefined
  refusal: Refusal | undefined
}

export type SyncEvent =
  | { type: 'typed'; text: string }
  /** Nothing was typed for a while. The id is for the change that may be sent now. */
  | { type: 'paused'; changeId: string }
  | { type: 'wanted'; step: Step }
  /** Something was changed otherwise than by typing. */
  | { type: 'edited'; changeId: string; edits: readonly Edit[] }
  /** Edits cannot be made to the text as it is, so those that wait are given up. */
  | { type: 'dropped' }
  | { type: 'answered'; changeId: string; draft: Draft; meetings: readonly Meeting[] }
  | { type: 'refused'; changeId: string; code: string; field?: string | undefined; message: string }
  /** No answer came: the server cannot be reached, or is busy. */
  | { type: 'lost'; changeId: string }
  | { type: 'heard'; revision: number }
  /** Something besides the text changed, such as the version that the draft started from. */
  | { type: 'outdated' }
  | { type: 'read'; draft: Draft }
  /** Somebody chose what becomes of a conflict. */
  | { type: 'chosen'; text: string }
  /** A refused text is to be sent again. */
  | { type: 'again' }
  /** What was said about an undoing was read. */
  | { type: 'noticed' }

export const startOf = (draft: Draft): SyncState => ({
  base: { revision: draft.revision, text: draft.text },
  doc: draft.text,
  about: draft.about,
  flight: undefined,
  wanted: [],
  heard: draft.revision,
  reread: false,
  unknown: false,
  waiting: undefined,
  conflict: undefined,
  trouble: undefined,
  refusal: undefined,
})

/** What was kept when the page was left or reloaded. */
export interface Kept {
  base: Known
  doc: string
  flight: Flight | undefined
  /** Edits that were not sent yet. */
  batches?: readonly Batch[]
}

export function keptOf(state: SyncState): Kept | undefined {
  const { base, doc, flight } = state
  const batches = batchesOf(state)
  if (doc === base.text && !flight && batches.length === 0) return undefined
  return { base, doc, flight, ...(batches.length > 0 && { batches }) }
}

/** Goes on with what was kept, beside the draft as it is now. */
export const restored = (kept: Kept, draft: Draft): SyncState =>
  step(
    { ...startOf(draft), base: kept.base, doc: kept.doc, flight: kept.flight, wanted: kept.batches ?? [] },
    { type: 'read', draft },
  )

export const isUnsaved = (state: SyncState): boolean => state.doc !== state.base.text

/** Whether the text cannot be sent until it is changed, or somebody asks for it. */
export const isHeld = ({ trouble }: SyncState): boolean => trouble?.kind === 'unreadable' || trouble?.kind === 'refused'

/** What is to be done now; `session.ts` does it, once at a time. */
export interface Plan {
  /** The change to send, or to send again. */
  send: Flight | undefined
  read: boolean
  /** Wait for a pause in typing, then send. */
  pause: boolean
}

export function planOf(state: SyncState): Plan {
  if (state.flight) return { send: state.flight, read: false, pause: false }
  const seen = Math.max(state.base.revision, state.waiting?.revision ?? 0, state.conflict?.theirs.revision ?? 0)
  const behind = state.reread || state.unknown || state.heard > seen
  const own = isUnsaved(state) ? !isHeld(state) : state.wanted.length > 0
  return { send: undefined, read: behind, pause: own && !state.unknown && !state.conflict }
}

export function step(state: SyncState, event: SyncEvent): SyncState {
  switch (event.type) {
    case 'typed':
      return { ...state, doc: event.text, trouble: state.flight ? state.trouble : undefined }
    case 'paused':
      return planOf(state).pause ? begun(state, event.changeId) : state
    case 'wanted':
      return { ...state, wanted: [...state.wanted, event.step], refusal: undefined }
    case 'edited': {
      const { changeId, edits } = event
      return { ...state, wanted: [...state.wanted, { changeId, edits }], refusal: undefined }
    }
    case 'dropped':
      return { ...state, wanted: state.wanted.filter((each) => !isBatch(each)) }
    case 'answered':
      return answered(state, event)
    case 'refused':
      if (state.flight?.changeId !== event.changeId) return state
      return refused({ ...state, flight: undefined }, state.flight, event)
    case 'lost':
      if (state.flight?.changeId !== event.changeId) return state
      return { ...state, flight: { ...state.flight, lost: state.flight.lost + 1 }, trouble: { kind: 'unreachable' } }
    case 'heard':
      return event.revision > state.heard ? { ...state, heard: event.revision } : state
    case 'outdated':
      return { ...state, reread: true }
    case 'read':
      return read(state, event.draft)
    case 'chosen': {
      if (!state.conflict) return state
      const { theirs } = state.conflict
      return { ...taken(state, theirs), doc: event.text, conflict: undefined, trouble: undefined }
    }
    case 'again':
      return state.trouble?.kind === 'refused' ? { ...state, trouble: undefined } : state
    case 'noticed':
      return { ...state, refusal: undefined }
  }
}

function begun(state: SyncState, changeId: string): SyncState {
  const [first, ...rest] = state.wanted
  const flight = { changeId, revision: state.base.revision, text: state.doc, lost: 0 }
  if (isUnsaved(state)) return { ...state, flight: { ...flight, kind: 'text' } }
  if (!first) return state
  // Edits have had their id since they were made: whoever made them waits for the answer to it.
  const made: Flight = isBatch(first) ? { ...flight, ...first, kind: 'edits' } : { ...flight, kind: first }
  return { ...state, flight: made, wanted: rest }
}

function answered(state: SyncState, event: Extract<SyncEvent, { type: 'answered' }>): SyncState {
  const { flight } = state
  const heard = Math.max(state.heard, event.draft.revision)
  // An answer that came after another answer to the same change says nothing new.
  if (flight?.changeId !== event.changeId) return { ...state, heard }
  const landed = { ...state, heard, flight: undefined, trouble: undefined }
  if (event.meetings.length === 0) return absorbed(landed, flight.text, event.draft)
  if (flight.kind === 'text') {
    return {
      ...landed,
      about: event.draft.about,
      waiting: undefined,
      conflict: { from: state.base.text, theirs: event.draft, meetings: event.meetings },
    }
  }
  const refusal = { step: flight.kind, message: notDone[flight.kind], meetings: event.meetings }
  // Nobody wants to undo something else instead.
  return absorbed({ ...landed, wanted: batchesOf(landed), refusal }, flight.text, event.draft)
}

const notDone: Record<Step | 'edits', string> = {
  undo: 'Your change cannot be undone',
  redo: 'Your change cannot be made again',
  edits: 'Your change was not made',
}

function refused(
  state: SyncState,
  flight: Flight,
  { code, field, message }: Extract<SyncEvent, { type: 'refused' }>,
): SyncState {
  // The base is older than the server's log, or newer than a draft that was brought back from a backup.
  const unknown = code === 'PRECONDITION_FAILED' || (code === 'INVALID_INPUT' && field === 'revision')
  if (flight.kind !== 'text') {
    const { changeId, edits } = flight
    // They are made to the draft as it will be read now.
    if (edits && unknown) return { ...state, wanted: [{ changeId, edits }, ...state.wanted], unknown }
    const refusal = { step: flight.kind, message, meetings: [] }
    return { ...state, wanted: batchesOf(state), trouble: undefined, refusal }
  }
  if (unknown) return { ...state, trouble: undefined, unknown }
  if (code !== 'INVALID_INPUT' || field !== 'source')
    return settled({ ...state, trouble: { kind: 'refused', message, code } })
  // What was typed since may be complete.
  if (state.doc !== flight.text) return { ...state, trouble: undefined }
  return settled({ ...state, trouble: { kind: 'unreadable', message } })
}

function read(state: SyncState, draft: Draft): SyncState {
  const heard = Math.max(state.heard, draft.revision)
  // The answer to the change on its way will have a newer draft.
  if (state.flight) return { ...state, heard }
  if (state.unknown) return absorbed({ ...state, heard: draft.revision, unknown: false }, state.base.text, draft)
  // It was overtaken by the answer to a later request.
  if (draft.revision < state.base.revision) return { ...state, heard, reread: false }
  const known = { ...state, heard, reread: false, about: draft.about }
  if (state.conflict) {
    const newer = draft.revision > state.conflict.theirs.revision
    return newer ? { ...known, conflict: { ...state.conflict, theirs: draft } } : known
  }
  if (draft.revision === state.base.revision) return known
  if (!isUnsaved(state)) return { ...taken(known, draft), doc: draft.text }
  return settled({ ...known, waiting: draft })
}

/** While the own text cannot be sent, a newer draft is merged with it if both changed different places. */
function settled(state: SyncState): SyncState {
  const { waiting } = state
  if (!waiting || !isHeld(state)) return state
  const doc = mergedText(state.base.text, state.doc, waiting.text)
  return doc === undefined ? state : { ...taken(state, waiting), doc }
}

/** Takes over a draft that was made of the text `from`; so was the text here. */
function absorbed(state: SyncState, from: string, draft: Draft): SyncState {
  const doc = mergedText(from, state.doc, draft.text)
  if (doc !== undefined) return { ...taken(state, draft), doc }
  const conflict = { from, theirs: draft, meetings: [] }
  return { ...state, about: draft.about, reread: false, waiting: undefined, conflict }
}

const taken = (state: SyncState, { revision, text, about }: Draft): SyncState => ({
  ...state,
  base: { revision, text },
  about,
  reread: false,
  waiting: undefined,
})
