import { expect, test } from 'vitest'
import {
  type Held,
  idle,
  isReady,
  keptMine,
  known,
  left,
  meets,
  refused,
  sent,
  shownText,
  taken,
  typed,
} from './held.ts'
import { lineOf, readText } from './readings.ts'

const read = readText(false)
const none = { none: true } as const
const shown = (held: Held, value: unknown) =>
  shownText(held, value, held.text === undefined ? none : read(held.text), lineOf)
const typing = (text: string, value: unknown) => typed(idle, text, value, none)
const ownOf = (held: Held) => read(held.text ?? '')

test('what is typed is shown, sent after a pause, and then is what the draft has', () => {
  const held = typing('new', 'old')
  expect(shown(held, 'old')).toBe('new')
  expect(isReady(held, 'old', ownOf(held))).toBe(true)
  const flying = sent(held, 'old', ownOf(held))
  expect(isReady(flying, 'old', ownOf(flying))).toBe(false)
  // The value arrives before or after the answer: the field never shows the old one again.
  expect(shown(flying, 'new')).toBe('new')
  expect(meets(flying, 'new', ownOf(flying))).toBe(false)
  const landed = taken(flying)
  expect(shown(landed, 'old')).toBe('new')
  expect(meets(landed, 'old', ownOf(landed))).toBe(false)
  expect(shown(known(landed), 'new')).toBe('new')
  expect(left(known(landed), 'new', ownOf(landed))).toEqual(idle)
})

test('what others change appears in a field in which nothing is typed, and in one whose text is saved', () => {
  expect(shown(idle, 'theirs')).toBe('theirs')
  const landed = known(taken(sent(typing('new', 'old'), 'old', read('new'))))
  expect(shown(landed, 'theirs')).toBe('theirs')
  expect(meets(landed, 'theirs', ownOf(landed))).toBe(false)
  // Typing goes on from what is shown.
  const next = typed(landed, 'theirs too', 'theirs', ownOf(landed))
  expect(next.base).toBe('theirs')
  expect(meets(next, 'theirs', ownOf(next))).toBe(false)
})

test('what others change meanwhile keeps what is typed until one of the two is chosen', () => {
  const held = typing('mine', 'old')
  expect(meets(held, 'theirs', ownOf(held))).toBe(true)
  expect(shown(held, 'theirs')).toBe('mine')
  expect(isReady(held, 'theirs', ownOf(held))).toBe(false)
  const kept = keptMine(held, 'theirs')
  expect(isReady(kept, 'theirs', ownOf(kept))).toBe(true)
  expect(shown(idle, 'theirs')).toBe('theirs')
})

test('the same change by somebody else is no conflict', () => {
  const held = typing('same', 'old')
  expect(meets(held, 'same', ownOf(held))).toBe(false)
})

test('what is typed while a change is on its way is sent after it', () => {
  const flying = sent(typing('ab', 'a'), 'a', read('ab'))
  const more = typed(flying, 'abc', 'a', read('ab'))
  const landed = taken(more)
  expect(landed.base).toBe('ab')
  expect(shown(landed, 'a')).toBe('abc')
  expect(meets(landed, 'a', ownOf(landed))).toBe(false)
  expect(isReady(landed, 'ab', ownOf(landed))).toBe(true)
})

test('what is refused stays and is not sent again until it is changed', () => {
  const held = refused(sent(typing('bad', 'old'), 'old', read('bad')), 'No.')
  expect(shown(held, 'old')).toBe('bad')
  expect(held.refusal).toBe('No.')
  expect(isReady(held, 'old', ownOf(held))).toBe(false)
  const next = typed(held, 'good', 'old', ownOf(held))
  expect(isReady(next, 'old', ownOf(next))).toBe(true)
  // Somebody else was first: both are shown.
  expect(meets(held, 'theirs', ownOf(held))).toBe(true)
})

test('a text that cannot be read is kept and never sent', () => {
  const held = typing('x', 1)
  const fault = { fault: 'x is not a number.' }
  expect(isReady(held, 1, fault)).toBe(false)
  expect(shownText(held, 1, fault, lineOf)).toBe('x')
  expect(left(held, 1, fault)).toBe(held)
})

test('an emptied field is nothing', () => {
  const held = typing('', 'old')
  expect(ownOf(held)).toEqual(none)
  expect(isReady(held, 'old', ownOf(held))).toBe(true)
  const landed = taken(sent(held, 'old', ownOf(held)))
  expect(shown(landed, undefined)).toBe('')
})
