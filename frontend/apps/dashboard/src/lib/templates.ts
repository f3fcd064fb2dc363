// Splits a text into plain parts and `{{ … }}` templates, to show templates as chips. It only finds where they begin
// and end; the server evaluates them.

export type Part = { text: string } | { template: string }

export function splitTemplates(text: string): Part[] {
  const parts: Part[] = []
  let plainFrom = 0
  let at = text.indexOf('{{')
  while (at !== -1) {
    const end = closing(text, at + 2)
    if (end === -1) break
    if (at > plainFrom) parts.push({ text: text.slice(plainFrom, at) })
    parts.push({ template: text.slice(at + 2, end).trim() })
    plainFrom = end + 2
    at = text.indexOf('{{', plainFrom)
  }
  if (plainFrom < text.length) parts.push({ text: text.slice(plainFrom) })
  return parts
}

/** The position of the `}}` that closes a template, ignoring quotes and nested dicts. */
function closing(text: string, from: number): number {
  let depth = 0
  let quote = ''
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (quote) {
      if (char === '\\') at++
      else if (char === quote) quote = ''
    } else if (char === '"' || char === "'") quote = char
    else if (char === '{') depth++
    else if (char === '}') {
      if (depth === 0) return text[at + 1] === '}' ? at : -1
      depth--
    }
  }
  return -1
}
