// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { reader, triggerOf, writer } from './samples.ts'
import { TriggerPage } from './trigger-page.tsx'

const given: { answer: object; viewer: object; asked: unknown } = { answer: {}, viewer: writer, asked: undefined }
const run = vi.fn<(variables: object) => Promise<object | undefined>>()

vi.mock('@tanstack/react-router', () => ({
  Link: ({ children }: { children: ReactNode }) => <a href="/">{children}</a>,
  useNavigate: () => () => {},
  useParams: () => ({ pipelineId: 'pipe_1', triggerId: 'trig_1' }),
}))
vi.mock('../shell/shell.tsx', () => ({ useViewer: () => given.viewer }))
vi.mock('../lib/use-change.ts', () => ({
  useChange: () => ({ run, busy: false, problem: undefined, clear: () => {} }),
}))
vi.mock('@flowmason/ui/toast', () => ({ toast: () => {} }))
vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: (_: unknown, variables: unknown) => {
    given.asked = variables
    return { data: undefined, problem: undefined, fetching: false, refetch: () => {}, ...given.answer }
  },
}))

beforeEach(() => {
  run.mockReset()
  run.mockResolvedValue({})
  given.viewer = writer
  given.answer = {}
})
afterEach(cleanup)

const found = (more: object) => ({ data: { trigger: triggerOf(more) } })

test('it says when it loads, when it fails and when there is no such trigger', () => {
  const { rerender } = render(<TriggerPage />)
  expect(screen.getByRole('status').textContent).toContain('Loading the trigger')
  given.answer = { problem: { message: 'The server cannot be reached', code: 'OFFLINE' } }
  rerender(<TriggerPage />)
  expect(screen.getByRole('alert').textContent).toContain('The trigger could not be loaded')
  given.answer = { problem: { message: 'There is no such trigger', code: 'NOT_FOUND' } }
  rerender(<TriggerPage />)
  expect(screen.getByRole('alert').textContent).toContain('Trigger not found')
})

test('a trigger is enabled after it was said as whom its runs are started', async () => {
  given.answer = found({})
  render(<TriggerPage />)
  expect(screen.getByText('It has not fired yet')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Enable' }))
  const dialog = screen.getByRole('dialog')
  expect(dialog.textContent).toContain('are started as you, Ada, with the rights that you have when it fires')
  fireEvent.submit(
    within(dialog)
      .getByText(/are started as you/)
      .closest('form') ?? dialog,
  )
  await waitFor(() => expect(run).toHaveBeenCalledWith({ input: { id: 'trig_1', enabled: true } }))
})

test('an enabled trigger says who enabled it, and is disabled at once', () => {
  given.answer = found({
    enabled: true,
    enabledBy: { kind: 'user', name: 'Grace' },
    enabledAt: '2026-01-01T00:00:00Z',
  })
  render(<TriggerPage />)
  expect(screen.getByText(/Grace, who enabled it/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Disable' }))
  expect(run).toHaveBeenCalledWith({ input: { id: 'trig_1', enabled: false } })
})

test('each firing has its state, its reason and its run', () => {
  const firing = { missed: 0, reason: null, run: null }
  given.answer = found({
    firings: [
      {
        ...firing,
        dueAt: '2026-01-03T00:00:00Z',
        state: 'FIRED',
        run: { id: 'run_01k9x4aaaabbbbccccddddeeee', status: 'FAILED' },
      },
      { ...firing, dueAt: '2026-01-02T00:00:00Z', state: 'REFUSED', reason: 'Nothing is published to `production`' },
      { ...firing, dueAt: '2026-01-01T00:00:00Z', state: 'MISSED', missed: 12 },
    ],
  })
  render(<TriggerPage />)
  const rows = within(screen.getByRole('list', { name: 'Firings' })).getAllByRole('listitem')
  const [fired, refused, missed] = rows.map((row) => row.textContent ?? '')
  expect(fired).toContain('Fired')
  expect(fired).toContain('Failed run')
  expect(refused).toContain('Nothing is published to production')
  expect(missed).toContain('12 firings in a row were missed')
})

test('one that waits for runs has no calendar, and its firings name the runs for which they are', () => {
  given.answer = found({
    kind: 'RUN_FINISHED',
    words: 'whenever a run of first has succeeded',
    timezone: null,
    definition: { type: 'run_finished', name: 'after', pipelines: ['first'] },
    next: [],
    firings: [
      {
        dueAt: '2026-01-03T00:00:00Z',
        state: 'SKIPPED',
        missed: 0,
        reason: 'The trigger fired less than its cooldown before',
        forRun: { id: 'run_01k9x4aaaabbbbccccddddeeee' },
        run: null,
      },
    ],
  })
  render(<TriggerPage />)
  expect(screen.getByText('Whenever runs of other pipelines give it a reason')).toBeTruthy()
  expect(screen.queryByRole('table')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Change' })).toBeNull()
  expect(screen.getByRole('listitem').textContent).toContain('for ')
})

test('one that the file declares is enabled here and changed there', () => {
  given.answer = found({ origin: 'FILE' })
  render(<TriggerPage />)
  expect(screen.getByRole('button', { name: 'Enable' })).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Change' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Delete' })).toBeNull()
  expect(screen.getByText(/Change it there and push the version/)).toBeTruthy()
})

test('a reader sees everything and changes nothing', () => {
  given.viewer = reader
  given.answer = found({})
  render(<TriggerPage />)
  expect(given.asked).toEqual({ id: 'trig_1', withFirings: true })
  expect(screen.getByRole('table')).toBeTruthy()
  for (const name of ['Enable', 'Change', 'Delete']) expect(screen.queryByRole('button', { name })).toBeNull()
})

test('who may not see runs is told that firings are not listed', () => {
  given.viewer = { ...reader, permissions: ['pipeline.read'] }
  given.answer = found({ firings: undefined })
  render(<TriggerPage />)
  expect(given.asked).toEqual({ id: 'trig_1', withFirings: false })
  expect(screen.getByText(/Your role cannot see runs/)).toBeTruthy()
})
