// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, expect, test, vi } from 'vitest'
import { ConflictDialog } from './conflict-dialog.tsx'
import type { Conflict } from './sync.ts'

afterEach(cleanup)

const about = { baseNumber: 1, behind: false, unsaved: [], canUndo: false, canRedo: false }
const file = (one: string, two: string) => `{\n  "one": "${one}",\n  "two": "${two}"\n}`

function show(conflict: Partial<Conflict> = {}, doc = file('mine', 'b2')) {
  const chosen = vi.fn<(text: string) => void>()
  const theirs = { revision: 1, text: file('theirs', 'b'), about }
  render(
    <TipProvider>
      <ConflictDialog
        conflict={{ from: file('a', 'b'), theirs, meetings: [], ...conflict }}
        doc={doc}
        onChosen={chosen}
        onClose={() => {}}
      />
    </TipProvider>,
  )
  return chosen
}

const use = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Use what I chose' })
const pick = (name: RegExp) => fireEvent.click(screen.getByRole('radio', { name }))

test('nothing is chosen at first, and both sides are shown in their line', () => {
  show()
  expect(use().disabled).toBe(true)
  expect(screen.getByRole('group', { name: 'Line 2' })).toBeTruthy()
  expect(screen.getByRole('radio', { name: /^Mine/ }).closest('label')?.textContent).toContain('"one": "mine"')
  expect(screen.getByRole('radio', { name: /^Theirs/ }).closest('label')?.textContent).toContain('"one": "theirs"')
})

test('what is chosen is merged with the rest of both', () => {
  const chosen = show()
  pick(/^Theirs/)
  fireEvent.click(use())
  expect(chosen).toHaveBeenLastCalledWith(file('theirs', 'b2'))
  pick(/^Mine/)
  fireEvent.click(use())
  expect(chosen).toHaveBeenLastCalledWith(file('mine', 'b2'))
})

test('another text begins with mine', () => {
  const chosen = show()
  pick(/^Another text/)
  const text = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'The text for line 2' })
  expect(text.value).toBe('"mine"')
  fireEvent.change(text, { target: { value: '"both"' } })
  fireEvent.click(use())
  expect(chosen).toHaveBeenLastCalledWith(file('both', 'b2'))
})

test('a conflict at no place of the text is shown in the words of the server', () => {
  const meetings = [
    {
      message: 'You renamed the stage `a`, and Grace removed it',
      mine: { op: 'renameStage', stage: 'a', to: 'b' },
      theirs: { op: 'removeStage', stage: 'a' },
    },
  ]
  const chosen = show({ meetings }, file('a', 'b2'))
  expect(screen.getByText(/renamed to b/)).toBeTruthy()
  pick(/^Mine, together/)
  fireEvent.click(use())
  expect(chosen).toHaveBeenLastCalledWith(file('theirs', 'b2'))
  pick(/^Theirs only/)
  fireEvent.click(use())
  expect(chosen).toHaveBeenLastCalledWith(file('theirs', 'b'))
})
