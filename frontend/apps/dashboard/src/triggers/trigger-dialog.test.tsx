// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TriggerDialog } from './trigger-dialog.tsx'

type Saved = { createTrigger: { trigger: { id: string; name: string } } } | undefined
const run = vi.fn<(variables: { input: object }) => Promise<Saved>>()

vi.mock('../lib/use-change.ts', () => ({
  useChange: () => ({ run, busy: false, problem: undefined, clear: () => {} }),
}))
vi.mock('../lib/use-answer.ts', () => ({
  useAnswer: () => ({ data: undefined, problem: undefined, fetching: false, refetch: () => {} }),
}))
vi.mock('@flowmason/ui/toast', () => ({ toast: () => {} }))

beforeEach(() => {
  run.mockReset()
  run.mockResolvedValue({ createTrigger: { trigger: { id: 'trig_1', name: 'report' } } })
})
afterEach(cleanup)

function submit() {
  const form = document.querySelector('form')
  if (!form) throw new Error('no form')
  fireEvent.submit(form)
}

function show() {
  const onSaved = vi.fn<(id: string) => void>()
  const onClose = vi.fn<() => void>()
  render(
    <TriggerDialog pipelineId="pipe_1" environments={['DEVELOPMENT', 'STAGING']} onSaved={onSaved} onClose={onClose} />,
  )
  return { onSaved, onClose }
}

test('nothing is sent without a name, which is said at its field', () => {
  show()
  submit()
  expect(screen.getByText(/Enter a name/)).toBeTruthy()
  expect(run).not.toHaveBeenCalled()
})

test('a new trigger is made of the form and opened', async () => {
  const { onSaved, onClose } = show()
  fireEvent.change(screen.getByRole('textbox', { name: 'Name' }), { target: { value: ' report ' } })
  fireEvent.change(screen.getByRole('combobox', { name: 'Environment' }), { target: { value: 'STAGING' } })
  fireEvent.click(screen.getByRole('button', { name: 'Every hour' }))
  fireEvent.click(screen.getByRole('button', { name: 'Add an input' }))
  fireEvent.change(screen.getByRole('textbox', { name: 'Name of input 1' }), { target: { value: 'day' } })
  fireEvent.change(screen.getByRole('combobox', { name: 'What input 1 gets' }), { target: { value: 'date' } })
  submit()
  await waitFor(() => expect(onSaved).toHaveBeenCalledWith('trig_1'))
  expect(onClose).toHaveBeenCalledOnce()
  expect(run.mock.calls[0]?.[0].input).toMatchObject({
    pipelineId: 'pipe_1',
    environment: 'STAGING',
    definition: { name: 'report', cron: '0 * * * *', misfire: 'once', overlap: 'skip', input_mapping: { day: 'date' } },
  })
})

test('what the server refuses stays in the dialog', async () => {
  run.mockResolvedValue(undefined)
  const { onSaved, onClose } = show()
  fireEvent.change(screen.getByRole('textbox', { name: 'Name' }), { target: { value: 'report' } })
  submit()
  await waitFor(() => expect(run).toHaveBeenCalledOnce())
  expect(onClose).not.toHaveBeenCalled()
  expect(onSaved).not.toHaveBeenCalled()
})

test('whoever changes an enabled trigger is told that its runs become theirs', () => {
  const trigger = { id: 'trig_1', name: 'nightly', enabled: true, definition: { name: 'nightly', interval: '2d' } }
  render(<TriggerDialog pipelineId="pipe_1" environments={['DEVELOPMENT']} trigger={trigger} onClose={() => {}} />)
  expect(screen.getByText(/its runs are started as you/)).toBeTruthy()
  expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Every' }).value).toBe('2')
  expect(screen.queryByRole('combobox', { name: 'Environment' })).toBeNull()
})
