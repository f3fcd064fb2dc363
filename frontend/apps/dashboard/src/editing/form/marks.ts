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
