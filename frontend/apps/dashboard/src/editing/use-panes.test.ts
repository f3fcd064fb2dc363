import { expect, test } from 'vitest'
import { choiceOf, toggled } from './use-panes.ts'

test('without a choice, everything is shown where there is room, and the text on a narrow page', () => {
  for (const kept of [null, '', 'no JSON', '{}', 'null', '{"wide": [], "narrow": "x"}', '{"wide": ["other"]}']) {
    expect(choiceOf(kept, true)).toEqual({ wide: ['canvas', 'form', 'text'], narrow: 'text' })
    expect(choiceOf(kept, false)).toEqual({ wide: ['canvas', 'text'], narrow: 'text' })
  }
})

test('a choice is kept', () => {
  expect(choiceOf('{"wide": ["canvas"], "narrow": "canvas"}', true)).toEqual({ wide: ['canvas'], narrow: 'canvas' })
})

test('one part is always shown', () => {
  expect(toggled(['canvas', 'text'], 'text')).toEqual(['canvas'])
  expect(toggled(['canvas'], 'canvas')).toEqual(['text'])
  expect(toggled(['text'], 'text')).toEqual(['canvas'])
  expect(toggled(['text'], 'canvas')).toEqual(['canvas', 'text'])
})
