// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Preview } from './preview.tsx'

const given: { answer: object; asked: unknown; paused: boolean | undefined } = {
  answer: {},
  asked: undefined,
  paused: undefined,
}

vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: (_: unknown, variables: unknown, { pause }: { pause?: boolean } = {}) => {
    given.asked = variables
    given.paused = pause
    return { data: undefined, problem: undefined, fetching: false, refetch: () => {}, ...given.answer }
  },
}))

beforeEach(() => {
  given.answer = {}
})
afterEach(cleanup)

const timing = { cron: '0 9 * * 1-5', timezone: 'UTC' }
const found = (preview: object) => ({
  data: { triggerPreview: { words: null, timezone: null, next: [], problems: [], ...preview } },
})

test('an incomplete schedule is not asked for', () => {
  render(<Preview timing={undefined} />)
  expect(given.paused).toBe(true)
  expect(screen.getByText(/Say when it fires/)).toBeTruthy()
})

test('the words and the next firings are shown', () => {
  const next = ['2026-03-30T09:00:00Z', '2026-03-31T09:00:00Z']
  given.answer = found({ words: 'at 09:00 on Monday to Friday (UTC)', timezone: 'UTC', next })
  render(<Preview timing={timing} />)
  expect(given.asked).toEqual({ definition: timing, first: 10 })
  expect(screen.getByText('At 09:00 on Monday to Friday (UTC)')).toBeTruthy()
  expect(screen.getAllByRole('listitem')).toHaveLength(2)
})

test('what is wrong is said with a way out, and without a list', () => {
  const problems = [{ severity: 'ERROR', message: 'This schedule never fires', suggestion: 'name a day that exists' }]
  given.answer = found({ problems })
  render(<Preview timing={timing} />)
  expect(screen.getByRole('status').textContent).toContain('This schedule never firesName a day that exists')
  expect(screen.queryByRole('list')).toBeNull()
})

test('it says when it loads and when it fails', () => {
  const { rerender } = render(<Preview timing={timing} />)
  expect(screen.getByRole('status').textContent).toContain('Loading the next firings')
  given.answer = { problem: { message: 'The server cannot be reached', code: 'OFFLINE' } }
  rerender(<Preview timing={timing} />)
  expect(screen.getByRole('alert').textContent).toContain('could not be loaded')
})
