// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RunPlanChangesPanel, RunPlanPanel } from './run-plan-panel.tsx'

/** What the server answers, and how the query was asked. */
const given: { answer: object; paused: boolean | undefined } = { answer: {}, paused: undefined }
const refetch = vi.fn<() => void>()

vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: (_: unknown, __: unknown, { pause }: { pause?: boolean } = {}) => {
    given.paused = pause
    return { data: undefined, problem: undefined, fetching: false, refetch, ...given.answer }
  },
}))
vi.mock('../lib/use-media.ts', () => ({ useMedia: () => true }))

const plan = {
  stageCount: 1,
  requests: [],
  models: [],
  costAtMostUsd: 0,
  afterCrash: [],
  environmentVariables: [],
  inputFields: ['name'],
  readsWholeInput: false,
  longestPath: null,
}
const planned = (runPlan: object) => ({ data: { pipeline: { id: 'p', lastRun: null, version: { id: 'v', runPlan } } } })
const changed = (runPlanChanges: object | null) => ({
  data: { pipeline: { id: 'p', version: { id: 'v', runPlanChanges } } },
})

beforeEach(() => {
  given.answer = {}
  given.paused = undefined
  refetch.mockClear()
})
afterEach(cleanup)

function open(container: HTMLElement) {
  const details = container.querySelector('details')
  if (!details) throw new Error('no details')
  details.open = true
  fireEvent(details, new Event('toggle'))
}

test('the plan is closed at first, asks nothing before it is opened, and then shows its parts', () => {
  given.answer = planned(plan)
  const { container } = render(<RunPlanPanel pipelineId="p" version={2} />)
  expect(container.querySelector('details')?.open).toBe(false)
  expect(given.paused).toBe(true)
  expect(screen.queryByText('Reads')).toBeNull()
  open(container)
  expect(given.paused).toBe(false)
  expect(screen.getByText('Reads')).toBeTruthy()
  expect(screen.getByText('name')).toBeTruthy()
})

test('a plan that loads, fails or is empty says so', () => {
  const { container, rerender } = render(<RunPlanPanel pipelineId="p" version={2} />)
  open(container)
  expect(screen.getByRole('status')).toBeTruthy()
  given.answer = { problem: { message: 'The server cannot be reached', code: 'OFFLINE' } }
  rerender(<RunPlanPanel pipelineId="p" version={2} />)
  expect(screen.getByRole('alert').textContent).toContain('could not be loaded')
  given.answer = planned({ ...plan, inputFields: [] })
  rerender(<RunPlanPanel pipelineId="p" version={2} />)
  expect(screen.getByText('It contacts nothing and reads nothing.')).toBeTruthy()
})

test('where there is room, what is new is open and marks what is new and what is gone', () => {
  given.answer = changed({
    against: { id: 'w', number: 1 },
    changes: [
      { kind: 'NEW', text: 'newly POSTs to api.example.com' },
      { kind: 'GONE', text: 'no longer reads the environment variable TOKEN' },
    ],
  })
  render(<RunPlanChangesPanel pipelineId="p" version={2} environment="PRODUCTION" />)
  const lines = screen.getAllByRole('listitem').map((line) => line.textContent)
  expect(lines).toEqual([
    '+New: newly POSTs to api.example.com',
    '−Gone: no longer reads the environment variable TOKEN',
  ])
  expect(screen.getByText('Compared with version 1')).toBeTruthy()
})

test('without a published version, and without a difference, it says so', () => {
  given.answer = changed(null)
  const panel = <RunPlanChangesPanel pipelineId="p" version={2} environment="PRODUCTION" />
  const { rerender } = render(panel)
  expect(screen.getByText(/Nothing is published to production yet/)).toBeTruthy()
  given.answer = changed({ against: { id: 'w', number: 1 }, changes: [] })
  rerender(<RunPlanChangesPanel pipelineId="p" version={2} environment="PRODUCTION" />)
  expect(screen.getByText('A run does the same as one of version 1.')).toBeTruthy()
})
