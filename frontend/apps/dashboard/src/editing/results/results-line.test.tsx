// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, expect, test, vi } from 'vitest'
import { DraftResults } from './results.ts'
import { ResultsLine, whichWords } from './results-line.tsx'
import { nameOfRun, rowsOf } from './run-picker.tsx'
import { rowOf, runAfter, stageOf } from './samples.ts'

vi.mock('@tanstack/react-router', () => ({
  Link: ({ params, children }: { params: { runId: string }; children: ReactNode }) => (
    <a href={`/runs/${params.runId}`}>{children}</a>
  ),
}))
afterEach(cleanup)

test('the line says of which run and revision the results are, and which stages are gone', () => {
  const results = new DraftResults('pipe_1')
  results.store.setState({ id: 'run_1', row: rowOf(), live: { run: runAfter(6), texts: {} } })
  render(
    <TipProvider>
      <ResultsLine results={results} revision={15} stages={[stageOf('one'), stageOf('two')]} />
    </TipProvider>,
  )
  expect(screen.getByTestId('draft-results').textContent).toBe(
    'Results of run run_1 of revision 12, the draft is at 15',
  )
  expect(screen.getByRole('link').getAttribute('href')).toBe('/runs/run_1')
  expect(screen.getByText('Failed')).toBeTruthy()
  expect(screen.getByRole('status').textContent).toBe('Run run_1: failed')
  expect(screen.getByText('1 stage of the run is not in the draft: old')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Clear' }))
  expect(results.store.getState().id).toBeUndefined()
})

test('a run of a version is named by its version and environment', () => {
  expect(whichWords(rowOf(), 12)).toBe('of revision 12, as the draft is now')
  expect(whichWords(rowOf({ draftRevision: null, environment: 'PRODUCTION' }), 12)).toBe('of version 3 in production')
  expect(nameOfRun(rowOf())).toBe('Draft, revision 12')
  expect(nameOfRun(rowOf({ draftRevision: null, environment: 'STAGING' }))).toBe('Version 3, staging')
})

test('runs are found by what is shown of them, and any run by its id', () => {
  const runs = [rowOf(), rowOf({ id: 'run_2', draftRevision: null, environment: 'PRODUCTION', status: 'FAILED' })]
  const now = Date.parse('2026-11-30T10:05:00Z')
  const ids = (search: string) => rowsOf(runs, search, now).map(({ id }) => id)
  expect(ids('')).toEqual(['run_1', 'run_2'])
  expect(ids('production')).toEqual(['run_2'])
  expect(ids('FAILED')).toEqual(['run_2'])
  expect(rowsOf(runs, '', now)[0]?.detail).toBe('Queued · 5 min ago · Ada · run_1')
  expect(ids('run_01jd2b3c4d')).toEqual(['run_01jd2b3c4d'])
  expect(ids('nothing')).toEqual([])
})
