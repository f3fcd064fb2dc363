// The server starts the message of an invalid field with the field's name, such as `email: …`. Forms show it at that
// field.

import type { ApiProblem } from '@flowmason/graphql'

export interface FieldProblem {
  /** The errors to show, by the names of their fields. */
  at: Readonly<Record<string, string>>
  /** The problem, if it is not about one of the fields. */
  rest: ApiProblem | undefined
}

/** `fields`: the labels of the form's fields, by the names that the server uses for them. */
export function fieldProblem(problem: ApiProblem | undefined, fields: Readonly<Record<string, string>>): FieldProblem {
  const [, name = '', message = ''] = /^(?:\w+\.)?(\w+): (.+)$/s.exec(problem?.message ?? '') ?? []
  const label = fields[name]
  if (!label) return { at: {}, rest: problem }
  // A predicate, such as `is empty; enter a text`, needs its subject; a value or a clause stands alone.
  const sentence = /^(is|has|must|may|can|cannot|needs)\b/.test(message)
    ? `${label} ${message}`
    : message.charAt(0).toUpperCase() + message.slice(1)
  return { at: { [name]: /[.!?]$/.test(sentence) ? sentence : `${sentence}.` }, rest: undefined }
}
