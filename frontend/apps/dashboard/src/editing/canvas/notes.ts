// The notes of a draft. They are in the file under `metadata.canvas.notes`, by their ids, so that two people who change
// different notes are not in each other's way. Runs read nothing there.

import { useMemo, useState } from 'react'
import type { CanvasNote } from '@flowmason/pipeline-canvas'
import { MOST_NOTES, NOTE_CHARS, noteColors, noteSize } from '@flowmason/pipeline-canvas/editing'
import { isObject, readJson } from '../../lib/json-text.ts'
import type { Edit } from '../edits.ts'
import type { EditingContext } from './context.ts'

type Json = Record<string, unknown>
const objectOf = (value: unknown): Json => (isObject(value) ? value : {})
const numberOf = (value: unknown): number => (typeof value === 'number' && Math.abs(value) < 1e9 ? value : 0)

/** The notes of a file, at most as many and as long as can be written here. */
export function notesIn(text: string): CanvasNote[] {
  // Most files have none, and are long.
  if (!text.includes('"notes"')) return []
  const reading = readJson(text)
  if ('fault' in reading) return []
  const canvas = objectOf(objectOf(objectOf(reading.value)['metadata'])['canvas'])
  return Object.entries(objectOf(canvas['notes']))
    .slice(0, MOST_NOTES)
    .flatMap(([id, value]) => {
      const { text: words, x, y, color } = objectOf(value)
      if (typeof words !== 'string') return []
      const shown = words.slice(0, NOTE_CHARS)
      const known = noteColors.find((each) => each === color) ?? 'plain'
      return [{ id, text: shown, color: known, x: numberOf(x), y: numberOf(y), ...noteSize(shown) }]
    })
}

/** The notes of a text, the same ones as long as they are alike. */
export function useNotes(text: string): readonly CanvasNote[] {
  const read = useMemo(() => notesIn(text), [text])
  const [notes, setNotes] = useState<readonly CanvasNote[]>(read)
  if (notes !== read && JSON.stringify(notes) !== JSON.stringify(read)) setNotes(read)
  return notes
}

export type NoteChange = Partial<Pick<CanvasNote, 'text' | 'color' | 'x' | 'y'>>

const pathOf = (id: string) => ['metadata', 'canvas', 'notes', id]

interface Ahead {
  /** Null: removed. */
  note: CanvasNote | null
  /** Something of it was sent, so the draft may have it. */
  sent: boolean
  /** The draft has it. */
  done: boolean
}

export class NoteActions {
  private readonly context: EditingContext
  /** As they are saved. */
  private saved: readonly CanvasNote[] = []
  /** What is shown before it is saved, by id. */
  private readonly ahead = new Map<string, Ahead>()

  constructor(context: EditingContext) {
    this.context = context
  }

  readonly update = (saved: readonly CanvasNote[]) => {
    this.saved = saved
    for (const [id, { done }] of this.ahead) if (done) this.ahead.delete(id)
    this.show()
  }

  private readonly show = () => {
    const shown = this.saved.flatMap((note) => {
      const ahead = this.ahead.get(note.id)
      return ahead === undefined ? [note] : (ahead.note ?? [])
    })
    const known = new Set(this.saved.map(({ id }) => id))
    for (const [id, { note }] of this.ahead) if (note && !known.has(id)) shown.push(note)
    this.context.edit.setState({ notes: shown })
  }

  /** A new note. It is saved once something is written. `placeFor`: where one of this size has room. */
  readonly add = (placeFor: (size: { width: number; height: number }) => { x: number; y: number }) => {
    const { notes } = this.context.edit.getState()
    if (notes.length >= MOST_NOTES) return this.context.say(`A pipeline has at most ${MOST_NOTES} notes.`)
    const id = `note-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}`
    const size = noteSize('')
    const { x, y } = placeFor(size)
    const note = { id, text: '', color: 'yellow', x: Math.round(x), y: Math.round(y), ...size }
    this.ahead.set(id, { note, sent: false, done: false })
    this.show()
    this.context.edit.setState({ writing: id })
  }

  readonly change = (id: string, change: NoteChange) => {
    const before = this.context.edit.getState().notes.find((note) => note.id === id)
    if (!before) return
    const text = (change.text ?? before.text).slice(0, NOTE_CHARS)
    const note = { ...before, ...change, text, ...noteSize(text) }
    const isNew = !this.saved.some((each) => each.id === id)
    const { x, y, color } = note
    const edits: Edit[] = isNew
      ? [{ op: 'setField', path: pathOf(id), value: { text, color, x, y } }]
      : Object.entries(change).map(([key, value]): Edit => ({ op: 'setField', path: [...pathOf(id), key], value }))
    // One that was never written stays here only.
    this.send(id, note, isNew && text === '' && !this.isSent(id) ? [] : edits)
  }

  readonly remove = (id: string) => {
    if (this.ahead.get(id)?.note === null) return
    // A new one whose saving is under way is in the draft by the time that this is done to it.
    if (this.isSent(id) || this.saved.some((note) => note.id === id))
      this.send(id, null, [{ op: 'unsetField', path: pathOf(id) }])
    else if (this.ahead.delete(id)) this.show()
  }

  private readonly isSent = (id: string): boolean => this.ahead.get(id)?.sent === true

  private readonly send = (id: string, note: CanvasNote | null, edits: readonly Edit[]) => {
    const mine: Ahead = { note, sent: edits.length > 0 || this.isSent(id), done: false }
    this.ahead.set(id, mine)
    this.show()
    if (edits.length === 0) return
    void this.context.session.edit(edits).then((outcome) => {
      if (this.ahead.get(id) !== mine) return
      if (outcome.ok) mine.done = true
      else {
        this.ahead.delete(id)
        this.context.say(outcome.message)
        this.show()
      }
    })
  }
}
