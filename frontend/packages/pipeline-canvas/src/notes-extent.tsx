// The notes of an editor as part of the whole: what is shown with everything, and in the overview.

import type { Rect } from './arrange.ts'
import { boxPath } from './lines.ts'

/** The place and size of an arrangement with its notes. */
export function extentWith(at: Rect, notes: readonly Rect[]): Rect {
  const [x, y] = [Math.min(at.x, ...notes.map((note) => note.x)), Math.min(at.y, ...notes.map((note) => note.y))]
  const right = Math.max(at.x + at.width, ...notes.map((note) => note.x + note.width))
  const bottom = Math.max(at.y + at.height, ...notes.map((note) => note.y + note.height))
  return { x, y, width: right - x, height: bottom - y }
}

export const NotesInOverview = ({ notes }: { notes: readonly Rect[] }) => (
  <path
    d={notes.map(boxPath).join('')}
    fill="var(--wait-soft)"
    stroke="var(--wait)"
    strokeWidth={1}
    vectorEffect="non-scaling-stroke"
  />
)
