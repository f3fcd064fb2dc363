// Text that a model is still generating. It is not journalled: after a reconnect, parts may be missing until the
// stage's result arrives with the whole text.

export interface TokenText {
  attempt: number
  text: string
  /** The number of characters (code points) up to the end of `text`, as counted by the server. */
  end: number
  /** Whether a part in the middle is missing. */
  gap: boolean
}

export interface Chunk {
  address: string
  attempt: number
  offset: number
  text: string
}

const length = (text: string) => [...text].length

export function applyChunk(before: TokenText | undefined, chunk: Chunk): TokenText {
  const size = length(chunk.text)
  if (!before || chunk.attempt > before.attempt) {
    return { attempt: chunk.attempt, text: chunk.text, end: chunk.offset + size, gap: chunk.offset > 0 }
  }
  if (chunk.attempt < before.attempt || chunk.offset + size <= before.end) return before
  if (chunk.offset <= before.end) {
    const text = [...chunk.text].slice(before.end - chunk.offset).join('')
    return { ...before, text: before.text + text, end: chunk.offset + size }
  }
  return { ...before, text: `${before.text} … ${chunk.text}`, end: chunk.offset + size, gap: true }
}
