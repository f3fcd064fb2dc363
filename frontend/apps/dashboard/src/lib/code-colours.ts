/** Syntax colors of code, as tokens of the theme. */
import { HighlightStyle } from '@codemirror/language'
import { tags } from '@lezer/highlight'

export const codeColours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.attributeName], color: 'var(--key)' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: tags.number, color: 'var(--num)' },
  { tag: [tags.bool, tags.null, tags.keyword, tags.definitionKeyword], color: 'var(--run)' },
  { tag: [tags.separator, tags.brace, tags.squareBracket, tags.punctuation], color: 'var(--muted)' },
])
