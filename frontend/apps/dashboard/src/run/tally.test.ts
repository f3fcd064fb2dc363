import { expect, test } from 'vitest'
import type { Status } from '@flowmason/ui'
import { combine, stageWords, tally, tallyFigure, tallyWords } from './tally.ts'

const of = (text: string): Status[] =>
  text
    .split(' ')
    .map(
      (each) =>
        ({ s: 'succeeded', f: 'failed', k: 'skipped', r: 'running', c: 'cancelled', i: 'idle' })[each] as Status,
    )

test('a skipped stage is never counted among those that ran', () => {
  expect(tally(of('s s f k k'))).toEqual({ all: 5, ran: 3, skipped: 2, failed: 1 })
  expect(tallyWords(tally(of('s s s s k k k k')))).toBe('4 ran · 4 skipped')
  expect(tallyWords(tally(of('s c')))).toBe('2 ran')
})

test('failures are counted in addition to the stages that ran', () => {
  expect(tallyFigure(tally(of('s s s f f')))).toBe('3 ran · 2 failed')
  expect(tallyFigure(tally(of('s f k')))).toBe('1 ran · 1 failed · 1 skipped')
})

test('the figure on a card shows progress while stages run, and skipped ones at the end', () => {
  expect(tallyFigure(tally(of('s k r r')))).toBe('1 / 3')
  expect(tallyFigure(tally(of('s s s')))).toBe('3 / 3')
  expect(tallyFigure(tally(of('s k')))).toBe('1 ran · 1 skipped')
  expect(tallyFigure(tally(of('k k')))).toBe('0 ran · 2 skipped')
})

test('of several statuses the one that needs attention is shown', () => {
  expect(combine(of('s r f'))).toBe('failed')
  expect(combine(of('k k'))).toBe('skipped')
  expect(combine(of('k s'))).toBe('succeeded')
  expect(combine([])).toBe('idle')
  // A stage that has not started is neither skipped nor done, whatever the others are.
  expect(combine(of('i i'))).toBe('idle')
  expect(combine(of('i k'))).toBe('idle')
  expect(combine(of('i s'))).toBe('succeeded')
})

test('the counts of stages are described in words, without zero counts', () => {
  expect(stageWords({ ran: 1, skipped: 0, reused: 0, notStarted: 0 })).toBe('1 stage ran')
  expect(stageWords({ ran: 4, skipped: 1, reused: 0, notStarted: 0 })).toBe('4 stages ran, 1 was skipped')
  expect(stageWords({ ran: 1, skipped: 0, reused: 3, notStarted: 0 })).toBe(
    '1 stage ran, 3 were reused from the earlier run',
  )
  expect(stageWords({ ran: 1, skipped: 0, reused: 0, pinned: 2, notStarted: 0 })).toBe('1 stage ran, 2 were pinned')
  expect(stageWords({ ran: 1200, skipped: 2, reused: 0, notStarted: 3 })).toBe(
    '1,200 stages ran, 2 were skipped, 3 did not start',
  )
})
