// What a canvas needs in an editor, besides the canvas.

import { CardEdit } from './card-edit.tsx'
import type { EditParts } from './edit-context.ts'
import { GestureLayer } from './gesture-layer.tsx'
import { layoutKnown } from './layout-known.ts'

export { Field } from './field.ts'
export { type NoteColor, MOST_NOTES, NOTE_CHARS, noteColors, noteSize } from './notes.ts'
export { type Alignment, type NewPlaces, aligned, alignments, movedBy, tidied, withInside } from './moving.ts'

export { NotesInOverview, extentWith } from './notes-extent.tsx'

export const editParts: EditParts = { Card: CardEdit, Layer: GestureLayer, lay: layoutKnown }
