// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pageCommands } from '../shell/page-commands.ts'
import { CopilotButton } from './copilot-button.tsx'
import { CopilotSide } from './copilot-side.tsx'

vi.mock('../lib/use-media.ts', () => ({ WIDE: '', useMedia: () => true }))
vi.mock('./copilot-panel.tsx', () => ({
  CopilotPanel: ({ shown, onClose }: { shown: boolean; onClose: () => void }) => (
    <button type="button" onClick={onClose}>
      {shown ? 'the panel' : 'hidden'}
    </button>
  ),
}))

beforeEach(() => localStorage.clear())
afterEach(cleanup)

const show = () =>
  render(
    <TipProvider>
      <CopilotSide pipelineId="pipe_1" userId="user_1">
        <CopilotButton />
      </CopilotSide>
    </TipProvider>,
  )

test('the panel is loaded when it is first opened, and stays in the page', async () => {
  show()
  const toggle = screen.getByRole('button', { name: 'Co-pilot' })
  expect(toggle.getAttribute('aria-pressed')).toBe('false')
  expect(screen.queryByText('the panel')).toBeNull()
  fireEvent.click(toggle)
  expect(await screen.findByText('the panel')).toBeTruthy()
  expect(toggle.getAttribute('aria-pressed')).toBe('true')
  fireEvent.click(toggle)
  expect(screen.getByText('hidden')).toBeTruthy()
})

test('Ctrl+J opens it, and closing it gives the focus back', async () => {
  show()
  const toggle = screen.getByRole('button', { name: 'Co-pilot' })
  toggle.focus()
  fireEvent.keyDown(toggle, { key: 'j', ctrlKey: true })
  const panel = await screen.findByText('the panel')
  panel.focus()
  fireEvent.click(panel)
  expect(document.activeElement).toBe(toggle)
})

test('it is a command of the page for as long as the editor is open, and the choice is kept', async () => {
  const { unmount } = show()
  const [command] = pageCommands.getState().commands
  expect(command?.name).toBe('Show the co-pilot')
  command?.run()
  expect(await screen.findByText('the panel')).toBeTruthy()
  unmount()
  expect(pageCommands.getState().commands).toEqual([])
  show()
  expect(await screen.findByText('the panel')).toBeTruthy()
})
