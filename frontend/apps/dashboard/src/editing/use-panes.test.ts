import { expect, test } from 'vitest'
import { choiceOf, toggled } from './use-panes.ts'

test('without a choice, the canvas and the text are shown, and the text on a narrow page', () => {
  const start = { wide: ['canvas', 'text'], narrow: 'text' }
  for (const kept of [null, '', 'no JSON', '{}', '{"wide": [], "narrow": "x"}', '{"wide": ["other"]}'])
    expect(choiceOf(kept)).toEqual(start)
})

test('a choice is kept', () => {
  expect(choiceOf('{"wide": ["canvas"], "narrow": "canvas"}')).toEqual({ wide: ['canvas'], narrow: 'canvas' })
})

test('one part is always shown', () => {
  expect(toggled(['canvas', 'text'], 'text')).toEqual(['canvas'])
  expect(toggled(['canvas'], 'canvas')).toEqual(['text'])
  expect(toggled(['text'], 'canvas')).toEqual(['canvas', 'text'])
})
