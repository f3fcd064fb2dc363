// A text in parts that together are the whole text, templates apart from the rest.

import { splitTemplates } from '../../lib/templates.ts'

export interface Mark {
  text: string
  template: boolean
}

export function marksOf(text: string): readonly Mark[] {
  const marks: Mark[] = []
  let from = 0
  for (const part of splitTemplates(text)) {
    if ('text' in part) {
      marks.push({ text: part.text, template: false })
      from += part.text.length
      continue
    }
    // The template comes without its delimiters and the blanks inside of them.
    const inner = text.indexOf(part.template, from + 2)
    const end = text.indexOf('}}', inner + part.template.length) + 2
    marks.push({ text: text.slice(from, end), template: true })
    from = end
  }
  return marks
}

/** The same parts, cut where something wrong begins and ends. */
export function withFault(
  marks: readonly Mark[],
  fault: readonly [number, number] | undefined,
): readonly (Mark & { wrong: boolean })[] {
  if (!fault) return marks.map((mark) => ({ ...mark, wrong: false }))
  const [from, until] = fault
  const parts: (Mark & { wrong: boolean })[] = []
  let at = 0
  for (const { text, template } of marks) {
    const end = at + text.length
    const cuts = [at, Math.min(Math.max(from, at), end), Math.min(Math.max(until, at), end), end]
    for (const [nth, start] of cuts.slice(0, 3).entries()) {
      const stop = cuts[nth + 1] ?? end
      if (stop > start) parts.push({ text: text.slice(start - at, stop - at), template, wrong: nth === 1 })
    }
    at = end
  }
  return parts
}
