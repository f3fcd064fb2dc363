import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FilledText, Filler, MOST, PAUSE_MS, RETRY_MS, type Wanted, isExpression, rangeOf } from './filled.ts'
import { placeWords } from './filled-line.tsx'
import { marksOf, withFault } from './marks.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const answerTo = ({ text }: Wanted): FilledText => ({
  computed: true,
  value: text.toUpperCase(),
  json: false,
  truncated: false,
  missing: [],
})

function made() {
  const asked: { texts: readonly Wanted[]; run: string | undefined; answer: () => void; fail: () => void }[] = []
  const cancelled: number[] = []
  const filler = new Filler((texts, run, done) => {
    const number = asked.length
    asked.push({ texts, run, answer: () => done(texts.map(answerTo)), fail: () => done(undefined) })
    return () => void cancelled.push(number)
  })
  const pause = () => vi.advanceTimersByTime(PAUSE_MS)
  return { filler, asked, cancelled, pause }
}

test('fields are asked for together after a pause, and only those that changed', () => {
  const { filler, asked, pause } = made()
  filler.want('a', { text: 'one' })
  filler.want('b', { text: 'two' })
  expect(asked).toHaveLength(0)
  pause()
  expect(asked[0]?.texts.map(({ text }) => text)).toEqual(['one', 'two'])
  asked[0]?.answer()
  expect(filler.known('a')?.answer?.value).toBe('ONE')
  filler.want('b', { text: 'three' })
  expect(filler.known('b')).toMatchObject({ of: 'two', answer: { value: 'TWO' } })
  pause()
  expect(asked[1]?.texts).toEqual([{ text: 'three' }])
})

test('typing on cancels what is on its way', () => {
  const { filler, asked, cancelled, pause } = made()
  filler.want('a', { text: 'one' })
  pause()
  filler.want('a', { text: 'one more' })
  expect(cancelled).toEqual([0])
  asked[0]?.answer()
  expect(filler.known('a')?.of).toBeUndefined()
  pause()
  asked[1]?.answer()
  expect(filler.known('a')).toMatchObject({ of: 'one more', answer: { value: 'ONE MORE' } })
})

test('another run asks for all again, and nothing is asked for while it is off', () => {
  const { filler, asked, pause } = made()
  filler.want('a', { text: 'one' })
  pause()
  asked[0]?.answer()
  filler.use('run_2')
  pause()
  expect(asked[1]).toMatchObject({ run: 'run_2', texts: [{ text: 'one' }] })
  filler.turn(false)
  filler.want('a', { text: 'two' })
  pause()
  expect(asked).toHaveLength(2)
  filler.turn(true)
  pause()
  expect(asked[2]?.texts).toEqual([{ text: 'two' }])
})

test('more fields than one request may have are asked for one request after the other', () => {
  const { filler, asked, pause } = made()
  for (let number = 0; number < MOST + 5; number++) filler.want(`field ${number}`, { text: `text ${number}` })
  pause()
  expect(asked[0]?.texts).toHaveLength(MOST)
  asked[0]?.answer()
  expect(asked[1]?.texts).toHaveLength(5)
  asked[1]?.answer()
  expect(filler.known(`field ${MOST + 4}`)?.answer?.value).toBe(`TEXT ${MOST + 4}`)
  pause()
  expect(asked).toHaveLength(2)
})

test('a request without an answer is made again, later each time', () => {
  const { filler, asked, pause } = made()
  filler.want('a', { text: 'one' })
  pause()
  asked[0]?.fail()
  expect(filler.known('a')?.of).toBeUndefined()
  vi.advanceTimersByTime(RETRY_MS)
  expect(asked).toHaveLength(2)
  asked[1]?.fail()
  vi.advanceTimersByTime(RETRY_MS)
  expect(asked).toHaveLength(2)
  vi.advanceTimersByTime(RETRY_MS)
  asked[2]?.answer()
  expect(filler.known('a')?.answer?.value).toBe('ONE')
})

test('a place in characters is a range of the text, and of its parts', () => {
  expect(rangeOf('🙂 {{ inptu }}', { offset: 5, length: 5 })).toEqual([6, 11])
  expect(rangeOf('{{ 1', { offset: 4, length: 0 })).toEqual([3, 4])
  expect(rangeOf('', { offset: 0, length: 0 })).toEqual([0, 0])
  const parts = withFault(marksOf('is {{ a.b }}'), [6, 9])
  expect(parts.map(({ text, wrong }) => (wrong ? `<${text}>` : text))).toEqual(['is ', '{{ ', '<a.b>', ' }}'])
  expect(withFault(marksOf('plain'), undefined)).toEqual([{ text: 'plain', template: false, wrong: false }])
  expect(placeWords('one', 2)).toBe('Column 3')
  expect(placeWords('one\ntwo', 5)).toBe('Line 2, column 2')
})

test('inputs that are expressions are told by their names', () => {
  expect(['condition', 'having', 'filter_expression', 'value_expression'].every(isExpression)).toBe(true)
  expect(['conditions', 'prompt', 'expressions'].some(isExpression)).toBe(false)
})
