// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { Client, type ExchangeIO, Provider } from 'urql'
import { map, pipe } from 'wonka'
import { afterEach, expect, test, vi } from 'vitest'
import type { Draft } from '../editing/sync.ts'
import { MergeDialog } from './merge-dialog.tsx'

vi.mock('@flowmason/pipeline-canvas/canvas', () => ({
  Canvas: ({ stages }: { stages: { id: string }[] }) => <p>{`canvas of ${stages.map(({ id }) => id).join(', ')}`}</p>,
  CanvasSkeleton: () => null,
}))
vi.mock('../lib/use-media.ts', () => ({ WIDE: '', useMedia: () => true }))

afterEach(cleanup)

interface Stage {
  id: string
  [field: string]: unknown
}
const text = (...stages: Stage[]) => JSON.stringify({ name: 'p', stages })
const base = text({ id: 'a', prompt: 'old', tags: ['x'] }, { id: 'b' })
const mine = text({ id: 'a', prompt: 'mine', tags: ['x', 'm'] }, { id: 'b' })
const theirs = text({ id: 'a', prompt: 'theirs', tags: ['x', 't'] }, { id: 'b' }, { id: 'c' })

const draft = {
  revision: 8,
  source: 'the draft now',
  behind: false,
  baseVersion: { id: 'ver_1', number: 1 },
  unsaved: [],
  history: { canUndo: true, canRedo: false },
}

/** Errors that the checks find in a text. */
type Check = (source: string) => { message: string }[]
interface Shown {
  conflicts?: object[]
  check?: Check
  pipelineId?: string
}

let pipelines = 0

function show({ conflicts = [], check = () => [], pipelineId = `pipe_${++pipelines}` }: Shown = {}) {
  const sent: { edits: unknown; changeId: string; revision: number }[] = []
  const checked: string[] = []
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      map((operation) => {
        const variables = operation.variables as { source?: string; input?: (typeof sent)[number] }
        if (variables.input) sent.push(variables.input)
        if (variables.source !== undefined) checked.push(variables.source)
        const read = JSON.parse(variables.source ?? '{"stages":[]}') as { stages: Stage[] }
        const stages = read.stages.map(({ id }) => ({ id, component: 'logger', kind: 'OPERATOR', dependsOn: [] }))
        const problems = check(variables.source ?? '').map((each) => ({
          ...each,
          severity: 'ERROR',
          code: 'CYCLE',
          path: '$',
          stage: null,
        }))
        const data = variables.input
          ? { editDraft: { draft, conflicts } }
          : { validatePipeline: { valid: problems.length === 0, problems, stages } }
        return { operation, data, error: undefined, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  const taken = vi.fn<(draft: Draft | undefined) => void>()
  const moved = vi.fn<(draft: Draft) => void>()
  render(
    <Provider value={client}>
      <TipProvider>
        <MergeDialog
          pipelineId={pipelineId}
          title="Together"
          texts={{ base, mine, theirs }}
          names={{ mine: 'Mine', theirs: 'Theirs' }}
          onto="theirs"
          revision={7}
          onTaken={taken}
          onMoved={moved}
          fallback={null}
          onClose={() => {}}
        />
      </TipProvider>
    </Provider>,
  )
  return { sent, checked, taken, moved }
}

const use = (name: RegExp = /^Use what I chose/) => screen.getByRole<HTMLButtonElement>('button', { name })
const ready = (name?: RegExp) => waitFor(() => expect(use(name).disabled).toBe(false))
const pick = (of: string, name: RegExp) => {
  const group = screen.getByRole('group', { name: of })
  const radio = [...group.querySelectorAll('label')].find((each) => name.test(each.textContent))
  fireEvent.click(radio?.querySelector('input') ?? group)
}

test('the stages of all three are one picture, and nothing is chosen at first', async () => {
  show()
  expect(screen.getByText('2 conflicts left to decide')).toBeTruthy()
  expect(use().disabled).toBe(true)
  await waitFor(() => expect(screen.getByText('canvas of a, b, c')).toBeTruthy())
})

test('what is chosen becomes one list of edits to the draft, after it was checked', async () => {
  const { sent, checked, taken } = show()
  pick('prompt of a', /^Mine/)
  pick('tags of a', /^Both/)
  expect(use().disabled).toBe(true)
  await ready()
  expect(JSON.parse(checked.at(-1) ?? '')).toEqual({
    name: 'p',
    stages: [{ id: 'a', prompt: 'mine', tags: ['x', 'm', 't'] }, { id: 'b' }, { id: 'c' }],
  })
  fireEvent.click(use())
  await waitFor(() => expect(taken).toHaveBeenCalledOnce())
  expect(taken.mock.lastCall?.[0]).toMatchObject({ revision: 8, text: 'the draft now' })
  expect(sent).toMatchObject([
    {
      revision: 7,
      edits: [
        { op: 'setField', stage: 'a', path: ['prompt'], value: 'mine' },
        { op: 'setField', stage: 'a', path: ['tags'], value: ['x', 'm', 't'] },
      ],
    },
  ])
})

test('an own value is taken, and one that cannot be read is not', async () => {
  const { sent, taken } = show()
  pick('prompt of a', /^Another/)
  pick('tags of a', /^Another/)
  const [prompt, tags] = screen.getAllByRole<HTMLTextAreaElement>('textbox')
  expect(prompt?.value).toBe('mine')
  fireEvent.change(prompt ?? document.body, { target: { value: 'of both' } })
  fireEvent.change(tags ?? document.body, { target: { value: '["y"' } })
  expect(screen.getByText(/^This is not JSON/)).toBeTruthy()
  expect(screen.getByText('1 conflict left to decide')).toBeTruthy()
  fireEvent.change(tags ?? document.body, { target: { value: '["y"]' } })
  await ready()
  fireEvent.click(use())
  await waitFor(() => expect(taken).toHaveBeenCalledOnce())
  expect(sent[0]?.edits).toMatchObject([{ value: 'of both' }, { value: ['y'] }])
})

test('where all of theirs stays, the draft needs no edit', async () => {
  const { sent, taken } = show()
  fireEvent.click(screen.getByRole('button', { name: 'All: theirs' }))
  await ready()
  fireEvent.click(use())
  expect(taken).toHaveBeenCalledExactlyOnceWith(undefined)
  expect(sent).toEqual([])
})

test('errors that no side had are named before the result is used, and those that a side had are not new', async () => {
  const known = { message: 'an old error' }
  show({
    check: (source) => {
      if (source === theirs) return [known]
      return source === base || source === mine ? [] : [known, { message: '`a` and `b` wait for each other' }]
    },
  })
  fireEvent.click(screen.getByRole('button', { name: 'All: mine' }))
  await ready(/^Use it with 1 error/)
  expect(screen.getByText(/wait for each other/)).toBeTruthy()
  expect(screen.getByText(/1 error that a side had before/)).toBeTruthy()
  expect(screen.queryByText('an old error')).toBeNull()
})

test('if the draft was changed meanwhile, nothing is taken and it is said where', async () => {
  const conflict = { place: {}, base: null, mine: null, theirs: null, message: 'Grace changed `prompt`, too' }
  const { taken, moved } = show({ conflicts: [conflict] })
  fireEvent.click(screen.getByRole('button', { name: 'All: mine' }))
  await ready()
  fireEvent.click(use())
  await waitFor(() => expect(moved).toHaveBeenCalledOnce())
  expect(screen.getByText(/Grace changed/)).toBeTruthy()
  expect(taken).not.toHaveBeenCalled()
})

test('what was chosen is still there when the dialog opens again, until it is taken', async () => {
  show({ pipelineId: 'kept' })
  pick('prompt of a', /^Mine/)
  cleanup()
  const { taken } = show({ pipelineId: 'kept' })
  expect(screen.getByText('1 conflict left to decide')).toBeTruthy()
  pick('tags of a', /^Theirs/)
  await ready()
  fireEvent.click(use())
  await waitFor(() => expect(taken).toHaveBeenCalledOnce())
  cleanup()
  show({ pipelineId: 'kept' })
  expect(screen.getByText('2 conflicts left to decide')).toBeTruthy()
})
