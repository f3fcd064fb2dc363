// What can be shown of an answer while the model writes it. The answer is JSON that is not complete yet.

const START = /"summary"\s*:\s*"/

/** As much of the summary as is written; undefined before it begins. */
export function writtenSummary(text: string): string | undefined {
  const start = START.exec(text)
  if (!start) return undefined
  const rest = text.slice(start.index + start[0].length)
  const raw = /^(?:[^"\\]|\\.)*/.exec(rest)?.[0] ?? ''
  // An escape such as \u00e4 may be cut.
  const whole = raw.replace(/\\u[0-9a-f]{0,3}$/i, '')
  try {
    // Some models write line ends as they are, which JSON does not allow.
    return JSON.parse(`"${whole.replaceAll('\r', '').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`) as string
  } catch {
    return undefined
  }
}
