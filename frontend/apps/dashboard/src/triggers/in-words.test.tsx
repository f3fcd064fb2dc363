// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TriggerForm } from './definition.ts'
import { InWords } from './in-words.tsx'

const given: { answer: object; asked: unknown } = { answer: {}, asked: undefined }

vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: (_: unknown, variables: unknown, { pause }: { pause?: boolean } = {}) => {
    if (!pause) given.asked = variables
    return { data: undefined, problem: undefined, fetching: false, refetch: () => {}, ...given.answer }
  },
}))

beforeEach(() => {
  given.answer = {}
  given.asked = undefined
})
afterEach(cleanup)

async function say(text: string, found: object) {
  const onUse = vi.fn<(part: Partial<TriggerForm>) => void>()
  given.answer = { data: { triggerFromWords: { spans: [], readings: [], questions: [], ...found } } }
  render(<InWords pipelineId="pipe_1" timezone="UTC" onUse={onUse} />)
  fireEvent.change(screen.getByRole('textbox', { name: 'In words' }), { target: { value: text } })
  await waitFor(() => expect(given.asked).toEqual({ pipelineId: 'pipe_1', sentence: text, timeZone: 'UTC' }))
  return onUse
}

test('a reading fills the form when somebody uses it', async () => {
  const definition = { cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' }
  const words = 'from Monday to Friday at 09:00 in Europe/Berlin'
  const readings = [{ words, questions: [], definition, next: ['2027-01-04T08:00:00Z'] }]
  const onUse = await say('every weekday at 9 in Berlin', { readings })
  expect(screen.getByText(/First at/)).toBeTruthy()
  expect(onUse).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: 'Use it' }))
  expect(onUse.mock.calls[0]?.[0]).toMatchObject({ rhythm: 'cron', ...definition, start: '' })
})

test('what was not understood is marked, and cannot be used', async () => {
  const spans = [
    { from: 0, to: 11, understood: true },
    { from: 12, to: 17, understood: false },
  ]
  const questions = [{ kind: 'words', text: 'Some words were not understood' }]
  const readings = [{ words: 'every hour', questions, definition: null, next: [] }]
  await say('every hour, dance', { spans, readings })
  expect(screen.getByText(/^dance/).textContent).toBe('dance (not understood)')
  expect(screen.getByText('Some words were not understood')).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Use it' })).toBeNull()
})

test('several readings are all shown', async () => {
  const reading = (words: string) => ({ words, questions: [], definition: { interval: '1h' }, next: [] })
  await say('werktags', { readings: [reading('to Friday'), reading('to Saturday')] })
  expect(screen.getByText('It can mean several things:')).toBeTruthy()
  expect(screen.getAllByRole('button', { name: 'Use it' })).toHaveLength(2)
})

test('the enter key does not save the form around it', async () => {
  await say('every hour', {})
  const entered = fireEvent.keyDown(screen.getByRole('textbox', { name: 'In words' }), { key: 'Enter' })
  expect(entered).toBe(false)
})
