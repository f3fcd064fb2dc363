// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ComparePage } from './compare-page.tsx'
import { nothing, stage } from './samples.ts'

type Search = Record<string, unknown>

/** What the page asks for gets this answer; the address has this search. */
const given: { answer: (variables: Search) => object; search: Search; wide: boolean } = {
  answer: () => ({}),
  search: {},
  wide: true,
}
const navigate = vi.fn<(to: { search: (before: Search) => Search }) => void>()

vi.mock('@tanstack/react-router', () => ({
  Link: ({ children }: { children: ReactNode }) => <a href="/">{children}</a>,
  useNavigate: () => navigate,
  useParams: () => ({ pipelineId: 'pipe_1' }),
  useSearch: () => given.search,
}))
vi.mock('@flowmason/pipeline-canvas/canvas', () => ({
  Canvas: ({ stages }: { stages: { id: string }[] }) => <p>{`canvas of ${stages.map(({ id }) => id).join(', ')}`}</p>,
  CanvasSkeleton: () => null,
}))
vi.mock('../shell/shell.tsx', () => ({ useMay: () => true }))
vi.mock('../lib/use-media.ts', () => ({ WIDE: '', useMedia: () => given.wide }))
vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: (_: unknown, variables: Search, { pause = false } = {}) => ({
    data: undefined,
    problem: undefined,
    fetching: false,
    refetch: () => {},
    ...(pause ? {} : given.answer(variables)),
  }),
}))

const card = (id: string) => ({
  id,
  name: null,
  component: 'logger',
  kind: 'OPERATOR',
  dependsOn: [],
  parent: null,
  branch: null,
  branches: [],
  position: null,
})
const listed = (number: number) => ({
  node: { id: `ver_${number}`, number, createdAt: '2026-01-01T00:00:00Z', note: null, author: null },
})
const pipeline = {
  id: 'pipe_1',
  name: 'Letters',
  deletedAt: null as string | null,
  folder: null,
  latestVersion: { id: 'ver_3', number: 3 },
  versions: { edges: [3, 2, 1].map(listed) },
  draft: null,
}

/** The page's own query has one variable; the comparison has the numbers. */
const answers =
  (difference: object, own: object = pipeline) =>
  (variables: Search) =>
    'from' in variables
      ? {
          data: {
            pipeline: {
              id: 'pipe_1',
              before: { id: 'a', stages: [card('draft')] },
              after: { id: 'b', stages: [card('write')], changesFrom: difference },
              draft: null,
            },
          },
        }
      : { data: { pipeline: own } }

const show = () =>
  render(
    <TipProvider>
      <ComparePage />
    </TipProvider>,
  )

beforeEach(() => {
  Element.prototype.scrollIntoView = vi.fn<() => void>()
  Object.assign(given, { answer: () => ({}), search: {}, wide: true })
  navigate.mockClear()
})
afterEach(cleanup)

const renamed = { ...nothing, changed: [stage('write', { from: 'draft' })] }

test('the changes are counted and listed beside one picture of both versions', () => {
  given.answer = answers(renamed)
  show()
  expect(screen.getByTestId('compare-counts').textContent).toBe('1 renamed')
  expect(screen.getByRole('button', { name: /write.*Renamed/ })).toBeTruthy()
  expect(screen.getByText('canvas of write')).toBeTruthy()
  expect(screen.getByRole<HTMLSelectElement>('combobox', { name: 'Older version' }).value).toBe('2')
  expect(screen.getByRole<HTMLSelectElement>('combobox', { name: 'Newer version' }).value).toBe('3')
})

test('J selects the next change, and swapping exchanges the versions', () => {
  given.answer = answers(renamed)
  show()
  fireEvent.keyDown(document.body, { key: 'j' })
  expect(navigate.mock.lastCall?.[0].search({})).toEqual({ at: 'stage:write' })
  fireEvent.click(screen.getByRole('button', { name: 'Swap the versions' }))
  expect(navigate.mock.lastCall?.[0].search({ at: 'x' })).toEqual({ from: 3, to: 2, at: undefined })
})

test('versions that mean the same, and those that only look different, say so', () => {
  given.answer = answers({ ...nothing, same: true })
  const { unmount } = show()
  expect(screen.getByText('Nothing changed')).toBeTruthy()
  expect(screen.getByTestId('compare-counts').textContent).toBe('No changes')
  unmount()
  given.answer = answers({ ...nothing, onlyLayout: true, changed: [stage('write', {})] })
  show()
  expect(screen.getByText(/Only the layout changed/)).toBeTruthy()
  expect(screen.getByTestId('compare-counts').textContent).toBe('Only the layout')
})

test('a pipeline that is missing, a version that is missing and a draft that is missing say so', () => {
  given.answer = () => ({ problem: { code: 'NOT_FOUND', message: 'not found' } })
  const { unmount } = show()
  expect(screen.getByText('Pipeline not found')).toBeTruthy()
  unmount()
  given.answer = (variables) =>
    'from' in variables ? { problem: { code: 'NOT_FOUND', message: 'not found' } } : { data: { pipeline } }
  given.search = { from: 9, to: 3 }
  const second = show()
  expect(screen.getByText('There is no such version')).toBeTruthy()
  second.unmount()
  given.answer = answers(nothing)
  given.search = { to: 'draft' }
  show()
  expect(screen.getByText('No draft')).toBeTruthy()
})

test('a deleted pipeline can be compared and not changed', () => {
  given.answer = answers(renamed, { ...pipeline, deletedAt: '2026-01-02T00:00:00Z' })
  show()
  expect(screen.getByText(/This pipeline is deleted/)).toBeTruthy()
  expect(screen.queryByRole('button', { name: /the draft$/ })).toBeNull()
  expect(screen.getByTestId('compare-counts').textContent).toBe('1 renamed')
})

test('on a phone the list is shown, with a button for the canvas', () => {
  given.answer = answers(renamed)
  given.wide = false
  show()
  expect(screen.queryByText('canvas of write')).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Show the canvas' }))
  expect(navigate.mock.lastCall?.[0].search({})).toEqual({ canvas: true })
})

test('the draft and a version that was saved after it was started can be brought together', () => {
  given.search = { from: 3, to: 'draft' }
  const own = (base: number) => ({
    ...pipeline,
    draft: { revision: 1, baseVersion: { id: 'v', number: base }, unsaved: [] },
  })
  given.answer = answers(nothing, own(2))
  const { unmount } = show()
  expect(screen.getByRole('button', { name: 'Bring together' })).toBeTruthy()
  unmount()
  given.answer = answers(nothing, own(3))
  show()
  expect(screen.queryByRole('button', { name: 'Bring together' })).toBeNull()
})
