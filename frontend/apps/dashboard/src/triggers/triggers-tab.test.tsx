// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { reader, triggerOf, writer } from './samples.ts'
import { TriggersTab } from './triggers-tab.tsx'

const given: { answer: object; viewer: object | undefined; seen: boolean } = {
  answer: {},
  viewer: undefined,
  seen: true,
}

vi.mock('@tanstack/react-router', () => ({
  Link: ({ children }: { children: ReactNode }) => <a href="/">{children}</a>,
  useNavigate: () => () => {},
}))
vi.mock('../lib/use-in-viewport.ts', () => ({ useInViewport: () => [() => {}, given.seen] }))
vi.mock('../shell/shell.tsx', () => ({ useViewer: () => given.viewer }))
vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: () => ({ data: undefined, problem: undefined, fetching: false, refetch: () => {}, ...given.answer }),
}))

beforeEach(() => {
  given.answer = {}
  given.viewer = writer
  given.seen = true
})
afterEach(cleanup)

const pipeline = { id: 'pipe_1', folder: null, deletedAt: null }
const found = (triggers: object[]) => ({ data: { pipeline: { id: 'pipe_1', triggers } } })

test('it says when it loads, when it fails and when there is nothing', () => {
  const { rerender } = render(<TriggersTab pipeline={pipeline} />)
  expect(screen.getByRole('status').textContent).toContain('Loading the triggers')
  given.answer = { problem: { message: 'The server cannot be reached', code: 'OFFLINE' } }
  rerender(<TriggersTab pipeline={pipeline} />)
  expect(screen.getByRole('alert').textContent).toContain('The triggers could not be loaded')
  given.answer = found([])
  rerender(<TriggersTab pipeline={pipeline} />)
  expect(screen.getByText('No triggers yet')).toBeTruthy()
  expect(screen.getByRole('button', { name: 'New trigger' })).toBeTruthy()
})

test('a trigger is listed with its state, its words, its environment and its problem', () => {
  const problem = { code: 'FORBIDDEN', message: 'Ada may no longer start runs (`run.start`)' }
  given.answer = found([
    triggerOf({ name: 'weekly', environment: 'PRODUCTION', enabled: true }),
    triggerOf({ id: 'trig_2', name: 'hourly', problem }),
  ])
  render(<TriggersTab pipeline={pipeline} />)
  const [weekly, hourly] = screen.getAllByRole('listitem').map((row) => row.textContent ?? '')
  expect(weekly).toContain('Every hour (UTC)')
  expect(weekly).toContain('Production')
  expect(weekly).toContain('Enabled')
  expect(hourly).toContain('Disabled')
  expect(hourly).toContain('Ada may no longer start runs')
})

test('a reader gets the list and no button', () => {
  given.viewer = reader
  given.answer = found([triggerOf({})])
  render(<TriggersTab pipeline={pipeline} />)
  expect(screen.getByRole('list', { name: 'Triggers' })).toBeTruthy()
  expect(screen.queryByRole('button')).toBeNull()
})

test('a row out of view has only its name', () => {
  given.seen = false
  given.answer = found([triggerOf({})])
  render(<TriggersTab pipeline={pipeline} />)
  expect(screen.getByRole('listitem').textContent).toBe('hourly')
})
