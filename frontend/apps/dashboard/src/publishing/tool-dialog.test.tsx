// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { Client, type ExchangeIO, Provider } from 'urql'
import { map, pipe } from 'wonka'
import { afterEach, expect, test, vi } from 'vitest'
import { ToolDialog } from './tool-dialog.tsx'

afterEach(cleanup)

/** Renders with a server at which the pipeline is a tool in this environment, or none. */
function show(toolEnvironment: string | null) {
  const sent: unknown[] = []
  const answers = {
    pipeline: { id: 'pipe_1', toolEnvironment },
    exposePipelineAsTool: { pipeline: { id: 'pipe_1', name: 'Greeter', toolEnvironment: null } },
  }
  const server = (): ExchangeIO => (operations) =>
    pipe(
      operations,
      map((operation) => {
        if (operation.kind === 'mutation') sent.push((operation.variables as { input: unknown }).input)
        return { operation, data: answers, error: undefined, stale: false, hasNext: false } as never
      }),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server] })
  const close = vi.fn<() => void>()
  render(
    <Provider value={client}>
      <TipProvider>
        <ToolDialog pipeline={{ id: 'pipe_1', name: 'Greeter' }} onClose={close} />
      </TipProvider>
    </Provider>,
  )
  return { sent, close }
}

const select = () => screen.getByLabelText<HTMLSelectElement>('Runs as a tool in')

test('it shows where the pipeline is a tool, and withdraws it', async () => {
  const { sent, close } = show('STAGING')
  await waitFor(() => expect(select().value).toBe('STAGING'))
  fireEvent.change(select(), { target: { value: '' } })
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(close).toHaveBeenCalledOnce())
  expect(sent).toEqual([{ pipelineId: 'pipe_1', environment: null }])
})

test('a pipeline that is no tool becomes one in the environment that is chosen', async () => {
  const { sent } = show(null)
  await waitFor(() => expect(select().disabled).toBe(false))
  expect(select().value).toBe('')
  fireEvent.change(select(), { target: { value: 'PRODUCTION' } })
  fireEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(sent).toEqual([{ pipelineId: 'pipe_1', environment: 'PRODUCTION' }]))
})
