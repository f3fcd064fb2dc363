// What notes on the canvas are: their colors, and the size that a text needs.

export const noteColors = ['plain', 'yellow', 'green', 'blue', 'red'] as const
export type NoteColor = (typeof noteColors)[number]

/** The longest text of a note, in characters, and the most notes of a pipeline. */
export const NOTE_CHARS = 2000
export const MOST_NOTES = 50

const WIDTH = 232
const [LINE, AIR, MOST] = [18, 22, 1100]
/** As many characters fit into a line. */
const LINE_CHARS = 34

/** The size of a note: as high as its text, up to a height at which the rest is cut off. */
export function noteSize(text: string): { width: number; height: number } {
  const lines = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE_CHARS)), 0)
  return { width: WIDTH, height: Math.min(MOST, Math.max(2, lines) * LINE + AIR) }
}
