// What a canvas needs in an editor, besides the canvas.

import { CardEdit } from './card-edit.tsx'
import type { EditParts } from './edit-context.ts'
import { GestureLayer } from './gesture-layer.tsx'

export const editParts: EditParts = { Card: CardEdit, Layer: GestureLayer }
